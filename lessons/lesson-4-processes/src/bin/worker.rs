//! A worker that does what a test tells it: `lesson-4-worker TASK`, with what it needs inherited.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use processes::prefork::inherited;
use processes::shared::{Counter, Histogram, Region};
use processes::supervisor::{BEAT, LEAVING, READY};
use signal_hook::consts::SIGTERM;
use signal_hook::flag;

/// What the tests of `shared` share.
type Numbers = [Counter; 16];

fn main() -> ExitCode {
    let task = std::env::args().nth(1).expect("a task");
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
        supervised => return be_supervised(supervised, UnixStream::from(next()), next()),
    }
    ExitCode::SUCCESS
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
