//! Goal: `watch` checks what is saved, answers keys, and leaves the terminal and the machine as they were on every way
//! out.
//!
//! Method: a pseudo-terminal whose keys are pressed and whose screen is read; a test that calls a port of ours is a
//! check in whose middle we are.
//!
//! What it does not prove: anything about Ctrl-Z, or terminals that lie about themselves.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use crate::course::{Course, WAIT_MAX, assert_has, ends_before, finish};
use crate::terminal::Terminal;

/// How long what is ended may take to be gone, on two busy cores.
const GONE_WAIT_MAX: Duration = Duration::from_secs(20);

const PROMPT: &str = "[h]int  [n]ext  [c]heck again  [l]ist  [q]uit";

fn watch(course: &Course, target: &str) -> Terminal {
    Terminal::start(&course.command(&["watch", target]), 100)
}

#[test]
fn a_save_is_checked_and_keys_are_answered() {
    let course = Course::new();
    let mut terminal = watch(&course, "1/guess");
    assert_has(&terminal.wait_for(PROMPT), "0 of 1: that is where this exercise starts.");
    assert!(!terminal.is_as_a_shell_wants_it(), "keys come without Enter");
    course.write(&Course::file("guess"), "pub fn number() -> u32 { 41 }\n");
    assert_has(&terminal.wait_for(PROMPT), "expected: 42");
    course.solve("guess");
    assert_has(&terminal.wait_for(PROMPT), "1 of 1 tests");
    terminal.press("c");
    assert_has(&terminal.wait_for(PROMPT), "unchanged since the last check");
    terminal.press("h");
    terminal.wait_for("It is in the lab.");
    terminal.press("l");
    terminal.wait_for("✓ passed");
    terminal.press("n");
    assert_has(&terminal.wait_for(PROMPT), "cargo xtask check lesson-1/add");
    terminal.press("q");
    assert_eq!(terminal.ended().0.code(), Some(0));
    assert!(terminal.is_as_a_shell_wants_it());
}

#[test]
fn a_saved_sibling_is_checked_instead() {
    let course = Course::new();
    let mut terminal = watch(&course, "1");
    assert_has(&terminal.wait_for(PROMPT), "check lesson-1/add");
    course.solve("guess");
    let shown = terminal.wait_for(PROMPT);
    assert_has(&shown, "check lesson-1/guess");
    assert_has(&shown, "1 of 1 tests");
}

#[test]
fn the_terminal_is_restored_on_every_way_out() {
    let course = Course::new();
    let ways: [fn(&mut Terminal); 5] = [
        |terminal| terminal.press("q"),
        |terminal| terminal.press("\x03"),
        |terminal| terminal.press("\x04"),
        |terminal| terminal.signal(Signal::TERM),
        |terminal| terminal.signal(Signal::HUP),
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let mut terminal = watch(&course, "1/guess");
        terminal.wait_for(PROMPT);
        way(&mut terminal);
        let (status, shown) = terminal.ended();
        assert_eq!(status.code(), Some(0), "way {number}: {shown}");
        assert!(terminal.is_as_a_shell_wants_it(), "way {number}");
        course.is_quiet_within(GONE_WAIT_MAX);
    }
}

#[test]
fn a_terminal_that_vanishes_ends_the_watch_without_a_panic() {
    let course = Course::new();
    let mut terminal = watch(&course, "1/guess");
    terminal.wait_for(PROMPT);
    terminal.vanish();
    assert_eq!(terminal.ended().0.code(), Some(0));
    course.is_quiet_within(GONE_WAIT_MAX);
}

#[test]
fn a_check_that_runs_is_ended_with_all_that_it_started() {
    let course = Course::new();
    let calls = r#"
pub fn number() -> u32 {
    std::process::Command::new("sleep").arg("1000.9").spawn().unwrap();
    let port: u16 = std::env::var("CALL_PORT").unwrap().parse().unwrap();
    let mut call = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    std::io::Read::read(&mut call, &mut [0]).unwrap() as u32
}
"#;
    course.write(&Course::file("guess"), calls);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let mut command = course.command(&["watch", "1/guess"]);
    command.env("CALL_PORT", port.to_string()).env("WORKBOOK_TEST_SECONDS", "60");
    let mut terminal = Terminal::start(&command, 100);
    let timeout = Timespec { tv_sec: WAIT_MAX.as_secs() as i64, tv_nsec: 0 };
    let called = || poll(&mut [PollFd::new(&listener, PollFlags::IN)], Some(&timeout)) == Ok(1);
    assert!(called(), "the test runs");
    let first = listener.accept().expect("it calls");
    // A save ends the check that runs and starts another.
    course.write(&Course::file("guess"), format!("{calls}\n"));
    assert!(called(), "the test runs again");
    let _second = listener.accept().expect("it calls");
    drop(first);
    terminal.press("q");
    assert_eq!(terminal.ended().0.code(), Some(0));
    course.is_quiet_within(GONE_WAIT_MAX);
}

#[test]
fn without_a_terminal_the_watch_ends_on_a_signal() {
    let course = Course::new();
    let mut command = course.command(&["watch", "1/guess"]);
    let ready = course.path("ready");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &ready,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .expect("a pipe");
    let mut screen =
        std::fs::OpenOptions::new().read(true).write(true).open(&ready).expect("a pipe");
    let output = Stdio::from(screen.try_clone().expect("a descriptor"));
    let watch = command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null()).spawn();
    let mut watch = watch.expect("it starts");
    let timeout = Timespec { tv_sec: WAIT_MAX.as_secs() as i64, tv_nsec: 0 };
    assert_eq!(
        poll(&mut [PollFd::new(&screen, PollFlags::IN)], Some(&timeout)),
        Ok(1),
        "it has begun"
    );
    let _ = std::io::Read::read(&mut screen, &mut [0; 4096]).expect("it has begun");
    let process = pidfd_open(Pid::from_child(&watch), PidfdFlags::empty()).expect("it is ours");
    kill_process(Pid::from_child(&watch), Signal::TERM).expect("it is ours");
    assert!(ends_before(&process, Instant::now() + WAIT_MAX), "it ends");
    assert_eq!(watch.wait().expect("it is ours").code(), Some(0));
    course.is_quiet_within(GONE_WAIT_MAX);
}

#[test]
fn an_unknown_target_is_a_usage_error() {
    let ran = finish(&mut Course::new().command(&["watch", "1/xyz"]));
    assert_eq!(ran.status, Some(2));
    assert_has(&ran.stderr, "`xyz` is no exercise of lesson-1");
}
