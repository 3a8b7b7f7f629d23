//! Goal: a runner that is killed at any moment leaves no test running, no file half written, and nothing in the next
//! one's way.
//!
//! Method: SIGKILL at the moment when a test is known to run (it connects to a port of ours), and at hundreds of random
//! moments while files are written.
//!
//! What it does not prove: anything about a power cut; the writes are synced, and nobody pulls a plug here.

use std::collections::HashSet;
use std::fs;
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};

use crate::course::{Course, WAIT_MAX, assert_has};

/// How long the killed may take to be gone, on two busy cores.
const GONE_WAIT_MAX: Duration = Duration::from_secs(20);

/// A learner's file that calls us, with children around it, and waits.
const CALLS: &str = r#"
use std::net::TcpStream;
use std::process::Command;

pub fn number() -> u32 {
    Command::new("sleep").arg("1000.7").spawn().unwrap();
    assert!(Command::new("setsid").args(["--fork", "env", "-i", "sleep", "1000.8"]).status().unwrap().success());
    let port: u16 = std::env::var("CALL_PORT").unwrap().parse().unwrap();
    let mut call = TcpStream::connect(("127.0.0.1", port)).unwrap();
    std::io::Read::read(&mut call, &mut [0]).unwrap() as u32
}
"#;

/// A check in whose middle we are: its test has called, and waits.
fn in_the_middle_of_a_check(course: &Course) -> (Child, TcpStream) {
    in_the_middle_of(course, &["check", "1/guess"], Stdio::null())
}

fn in_the_middle_of(course: &Course, arguments: &[&str], stdout: Stdio) -> (Child, TcpStream) {
    course.write(&Course::file("guess"), CALLS);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let mut command = course.command(arguments);
    command.env("CALL_PORT", port.to_string()).env("WORKBOOK_TEST_SECONDS", "60");
    let runner = command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::null()).spawn();
    let timeout = Timespec { tv_sec: WAIT_MAX.as_secs() as i64, tv_nsec: 0 };
    let called = poll(&mut [PollFd::new(&listener, PollFlags::IN)], Some(&timeout));
    assert_eq!(called, Ok(1), "the test has called");
    let (call, _) = listener.accept().expect("it calls");
    call.set_read_timeout(Some(GONE_WAIT_MAX)).expect("a socket");
    (runner.expect("the runner starts"), call)
}

fn kill(runner: &mut Child) {
    runner.kill().expect("it is ours");
    runner.wait().expect("it is ours");
}

#[test]
fn a_killed_runner_takes_its_tests_along() {
    let course = Course::new();
    let (mut runner, mut call) = in_the_middle_of_a_check(&course);
    kill(&mut runner);
    // A reset is an ending, too.
    assert!(matches!(call.read(&mut [0]), Ok(0) | Err(_)), "the test has hung up");
    course.is_quiet_within(GONE_WAIT_MAX);
    assert_eq!(course.read(&Course::file("guess")), CALLS);
    course.solve("guess");
    assert_eq!(course.run(&["check", "1/guess"]).status, Some(0), "the next one is not disturbed");
}

#[test]
fn a_runner_ends_when_nobody_reads_its_events_any_more() {
    let course = Course::new();
    let check = ["check", "1/guess", "--format", "events"];
    let (mut runner, mut call) = in_the_middle_of(&course, &check, Stdio::piped());
    drop(runner.stdout.take());
    assert!(matches!(call.read(&mut [0]), Ok(0) | Err(_)), "the test has hung up");
    runner.wait().expect("it is ours");
    course.is_quiet_within(GONE_WAIT_MAX);
}

#[test]
fn what_a_runner_and_its_keepers_left_behind_is_swept_by_the_next() {
    let course = Course::new();
    let (mut runner, _call) = in_the_middle_of_a_check(&course);
    let keepers: Vec<Pid> = course
        .processes()
        .iter()
        .filter(|(_, words)| words.contains(" launch "))
        .map(|(pid, _)| *pid)
        .collect();
    assert_eq!(keepers.len(), 1, "{:?}", course.processes());
    // Stopped, the keeper cannot do its work before it is killed itself.
    kill_process(keepers[0], Signal::STOP).expect("it is ours");
    runner.kill().expect("it is ours");
    kill_process(keepers[0], Signal::KILL).expect("it is ours");
    // Not waited for yet: as long as the runner is known to the kernel, no runner of another test takes it for dead and
    // sweeps.
    assert!(
        course.processes().iter().any(|(_, words)| words.contains("1000.7")),
        "something was left"
    );
    runner.wait().expect("it is ours");
    course.solve("guess");
    assert_eq!(course.run(&["check", "1/guess"]).status, Some(0));
    // All but the one that has nothing any more by which it could be known.
    let left: Vec<_> = course.processes().into_iter().map(|(_, words)| words).collect();
    assert!(left.iter().all(|words| words.contains("1000.8")), "{left:?}");
}

/// Starts the runner and kills it at a random moment of the time that it usually takes.
fn kill_at_random(course: &Course, arguments: &[&str], time: Duration, random: &mut u64) {
    // xorshift64 (Marsaglia 2003).
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    let mut command = course.command(arguments);
    let begin = Instant::now();
    let mut runner = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    // The moment is the experiment: nothing is waited for.
    let moment = time.mul_f64((*random % 1000) as f64 / 500.0);
    thread::sleep(moment.saturating_sub(begin.elapsed()));
    kill(&mut runner);
}

/// How long a command takes when nobody kills it.
fn time_of(course: &Course, arguments: &[&str]) -> Duration {
    (0..3).map(|_| course.run(arguments).time).min().expect("three")
}

fn assert_every_copy_is_whole(course: &Course, versions: &HashSet<String>) {
    for entry in
        course.path(".workbook/snapshots/lesson-1/add").read_dir().expect("a folder").flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.parse::<u32>().is_ok() {
            let text = fs::read_to_string(entry.path().join("src/add.rs"));
            assert!(text.is_ok_and(|text| versions.contains(&text)), "copy {name} is whole");
        }
    }
}

#[test]
fn the_learners_file_is_whole_after_a_kill_at_any_moment_of_reset_and_undo() {
    let course = Course::new();
    let starter = course.read(&Course::file("add"));
    let mine = "// mine\n".repeat(20_000);
    let versions = HashSet::from([starter.clone(), mine.clone()]);
    course.write(&Course::file("add"), &mine);
    let (reset, undo) = (["reset", "1/add"], ["undo", "1/add"]);
    let times = [time_of(&course, &reset), time_of(&course, &undo)];
    let mut random = 0x9e37_79b9_7f4a_7c15;
    let mut seen = HashSet::new();
    for round in 0..150 {
        kill_at_random(&course, &reset, times[0], &mut random);
        kill_at_random(&course, &undo, times[1], &mut random);
        let now = course.read(&Course::file("add"));
        assert!(versions.contains(&now), "round {round}: neither the starter nor mine");
        seen.insert(now);
    }
    assert_every_copy_is_whole(&course, &versions);
    assert_eq!(seen, versions, "both were met");
    assert_eq!(course.run(&["reset", "1/add"]).status, Some(0));
    assert_eq!(course.read(&Course::file("add")), starter);
    assert!(!course.path("lessons/lesson-1-tiny/src/.add.rs.workbook-new").exists());
}

#[test]
fn copies_that_make_room_are_gone_whole() {
    let course = Course::new();
    let mut versions = HashSet::from([course.read(&Course::file("add"))]);
    for number in 1..=230 {
        versions.insert(format!("{number}\n"));
        course.write(
            &format!(".workbook/snapshots/lesson-1/add/{number:06}/src/add.rs"),
            format!("{number}\n"),
        );
    }
    let mut random = 0x2545_f491_4f6c_dd1d;
    for round in 0..40 {
        versions.insert(format!("mine {round}\n"));
        course.write(&Course::file("add"), format!("mine {round}\n"));
        kill_at_random(&course, &["reset", "1/add"], Duration::from_millis(60), &mut random);
        assert_every_copy_is_whole(&course, &versions);
    }
}

#[test]
fn progress_is_whole_after_a_kill_at_any_moment_of_a_check() {
    let course = Course::solved(&["guess"]);
    assert_eq!(course.run(&["check", "1/guess"]).status, Some(0));
    let mine = course.read(&Course::file("guess"));
    let check = ["check", "1/guess", "--again"];
    let time = time_of(&course, &check);
    let mut random = 0xdead_beef_cafe_f00d;
    for _ in 0..40 {
        kill_at_random(&course, &check, time, &mut random);
        assert_eq!(course.progress("guess")["passed"]["sources"].as_str().map(str::len), Some(32));
        assert_eq!(course.read(&Course::file("guess")), mine);
    }
    course.is_quiet_within(GONE_WAIT_MAX);
    let ran = course.run(&check);
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    assert_has(&course.run(&["list"]).stdout, "✓ passed   lesson-1/guess");
}
