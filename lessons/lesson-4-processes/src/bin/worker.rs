//! A worker that does what a test tells it: `lesson-4-worker TASK`, with what it needs inherited.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use processes::jobs::{self, Jobs, Limits};
use processes::prefork::inherited;
use processes::shared::{Counter, Histogram, Region};
use processes::supervisor::{BEAT, LEAVING, READY};
use rustix::io::{FdFlags, fcntl_getfd};
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::SIGTERM;
use signal_hook::flag;

/// What the tests of `shared` share.
type Numbers = [Counter; 16];

fn main() -> ExitCode {
    let task = std::env::args().nth(1).expect("a task");
    let _opened = if task == "opens-100" { open_until(100) } else { Vec::new() };
    let mut descriptors = inherited().expect("what was handed over").into_iter();
    let mut next = || descriptors.next().expect("one more descriptor");
    match task.as_str() {
        "descriptors" => {
            // Each descriptor is a link to what it stands for.
            for entry in std::fs::read_dir("/proc/self/fd").expect("/proc is mounted") {
                let link = entry.and_then(|entry| std::fs::read_link(entry.path()));
                println!("{}", link.expect("a descriptor").display());
            }
        }
        "marks" => {
            let is_marked = fcntl_getfd(next()).is_ok_and(|flags| flags.contains(FdFlags::CLOEXEC));
            return if is_marked { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        "count" => {
            let numbers = Region::<Numbers>::open(next()).expect("shared memory");
            (0..100_000).for_each(|_| numbers[0].add(1));
        }
        "count-for-ever" => {
            let numbers = Region::<Numbers>::open(next()).expect("shared memory");
            let latencies = Region::<Histogram>::open(next()).expect("shared memory");
            loop {
                numbers[0].add(1);
                latencies.record(BEAT);
                numbers[1].add(1);
            }
        }
        "serve" => {
            let listener = TcpListener::from(next());
            loop {
                let (mut stream, _) = listener.accept().expect("a connection");
                let _ = write!(stream, "{}", std::process::id());
            }
        }
        "job" => return jobs::serve(JOB_BYTES, run_job),
        "keeps" => {
            // Until it is killed.
            let limits =
                Limits { processes: NonZeroUsize::new(2).expect("two"), ..Limits::default() };
            let pool = Jobs::start(limits, || {
                let mut command = Command::new("/proc/self/exe");
                command.arg("job");
                command
            });
            let pool = pool.expect("threads");
            pool.try_submit(1, b"sleep".to_vec(), |_| ()).expect("there is room");
            sleep_for_ever();
        }
        supervised => return be_supervised(supervised, UnixStream::from(next()), next()),
    }
    ExitCode::SUCCESS
}

/// Files, the last of which has this number.
fn open_until(number: RawFd) -> Vec<File> {
    let mut opened = Vec::new();
    while opened.last().is_none_or(|file: &File| file.as_raw_fd() < number) {
        opened.push(File::open("/dev/null").expect("it is there"));
    }
    opened
}

/// How long a job of the tests may be.
const JOB_BYTES: usize = 1 << 20;

/// What a job eats that nobody stops.
const EATEN_MIB_MAX: usize = 256;

/// A job, as the tests ask for it: what to do, and with what.
fn run_job(job: &[u8]) -> Result<Vec<u8>, String> {
    let text = String::from_utf8(job.to_vec()).expect("text");
    let (what, with) = text.split_once(' ').unwrap_or((&text, ""));
    match what {
        "echo" => return Ok(with.into()),
        "refuse" => return Err(with.into()),
        "long" => return Ok(vec![b'x'; with.parse().expect("a number")]),
        // Notes that it was begun, and goes wrong the first time, always, or in its own words.
        "once" | "always" | "cannot" => {
            let mut file = OpenOptions::new().append(true).create(true).open(with).expect("a file");
            file.write_all(b"begun\n").expect("a disk");
            let begun = std::fs::read_to_string(with).expect("a file").lines().count();
            match what {
                "once" if begun > 1 => return Ok(b"done".into()),
                "cannot" => return Err("there is no such report".to_owned()),
                _ => std::process::abort(),
            }
        }
        // The first one is taken for a stack overflow by the standard library, which looks, and then lets the next one pass.
        "segfault" => loop {
            kill_process(getpid(), Signal::SEGV).expect("it is this one");
        },
        "exit" => std::process::exit(with.parse().expect("a number")),
        "panic" => panic!("{with}"),
        "spin" => loop {
            std::hint::spin_loop();
        },
        "sleep" => sleep_for_ever(),
        "eat" => {
            let mut eaten = Vec::new();
            (0..EATEN_MIB_MAX).for_each(|_| eaten.push(vec![1_u8; 1 << 20]));
            return Ok(b"nobody has stopped it".into());
        }
        "chatter" => {
            // More than a pipe takes.
            (0..5000).for_each(|number| eprintln!("{number} {}", "z".repeat(60)));
            std::process::exit(9);
        }
        // Goes on without its socket.
        "deaf" => {
            let socket = rustix::stdio::stdin().try_clone_to_owned().expect("a socket");
            UnixStream::from(socket).shutdown(Shutdown::Both).expect("it is open");
            sleep_for_ever();
        }
        // Never says anything again, and does not answer.
        "mute" => {
            let nowhere = File::open("/dev/null").expect("it is there");
            rustix::stdio::dup2_stderr(&nowhere).expect("a descriptor");
            sleep_for_ever();
        }
        // Half of an answer.
        "half" => {
            let socket = rustix::stdio::stdin();
            rustix::io::write(socket, &[0, 0, 0, 9, 0, b'x']).expect("a socket");
            std::process::exit(0);
        }
        // Leaves another process behind, whose number it writes down.
        "child" => {
            #[expect(clippy::zombie_processes, reason = "it is left behind")]
            let child = Command::new("sleep").arg("1000").spawn().expect("a process");
            std::fs::write(with, child.id().to_string()).expect("a file");
        }
        other => panic!("`{other}` is no job"),
    }
    Ok(Vec::new())
}

/// Ready, beating, and then one of the ways in which workers behave.
fn be_supervised(how: &str, mut lifeline: UnixStream, memory: OwnedFd) -> ExitCode {
    let numbers = Region::<Numbers>::open(memory).expect("shared memory");
    let worker = std::env::args().nth(2).and_then(|worker| worker.parse::<usize>().ok());
    let worker = worker.expect("the worker's index");
    let may_end = Arc::new(AtomicBool::new(how != "ignores-term"));
    flag::register_conditional_shutdown(SIGTERM, 0, may_end).expect("a handler");
    if how == "fails-at-once" {
        return ExitCode::FAILURE;
    }
    if how == "never-ready" {
        sleep_for_ever();
    }
    lifeline.write_all(&[READY]).expect("the master listens");
    match how {
        "fails-when-ready" => return ExitCode::FAILURE,
        "leaves" => {
            lifeline.write_all(&[LEAVING]).expect("the master listens");
            return ExitCode::SUCCESS;
        }
        "hangs" => sleep_for_ever(),
        "steady" | "ignores-term" => {}
        other => panic!("`{other}` is no task"),
    }
    thread::spawn(move || {
        loop {
            numbers[worker].add(1);
            thread::sleep(BEAT / 5);
        }
    });
    // The end of the lifeline is the end of the master.
    let mut nothing = [0];
    let _ = lifeline.read(&mut nothing);
    ExitCode::SUCCESS
}

fn sleep_for_ever() -> ! {
    loop {
        thread::park();
    }
}
