//! Goal: workers have what the master opened, and nothing else; a worker that is killed loses no connection that waits.
//!
//! Method: real processes that inherit a listener; the kernel says what they have open.
//! Not proven: that connections are shared out evenly.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use processes::prefork::spawn;
use rustix::io::{FdFlags, fcntl_getfd};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use witness::tcp::{WAIT_MAX, until};

/// A worker, ended with the test.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The master of a real program is its only thread; here, the tests take turns.
static ALONE: Mutex<()> = Mutex::new(());

fn command(task: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesson-4-worker"));
    command.arg(task).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

fn serving(listener: &TcpListener) -> Worker {
    Worker(spawn(&mut command("serve"), &[listener.as_fd()]).unwrap())
}

/// The number of the process that answers, when one does.
fn answer(mut stream: &TcpStream) -> io::Result<u32> {
    stream.set_read_timeout(Some(WAIT_MAX))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    text.parse().map_err(|_| io::ErrorKind::UnexpectedEof.into())
}

#[test]
fn a_worker_accepts_from_a_listener_that_it_did_not_open() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let worker = serving(&listener);
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    assert_eq!(answer(&stream).unwrap(), worker.0.id());
}

#[test]
fn a_child_that_is_handed_nothing_does_not_hear_what_its_parent_was_handed() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut command = Command::new("env");
    // As if this process had been started by a master.
    command.env("PREFORK_DESCRIPTORS", "7,8").stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = spawn(&mut command, &[]).unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    let told: Vec<_> =
        text.lines().filter_map(|it| it.strip_prefix("PREFORK_DESCRIPTORS=")).collect();
    assert!(told.iter().all(|numbers| numbers.is_empty()), "it would look for {told:?}");
}

#[test]
fn several_workers_really_answer_on_one_port() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let workers: Vec<_> = (0..3).map(|_| serving(&listener)).collect();
    let expected: BTreeSet<_> = workers.iter().map(|worker| worker.0.id()).collect();
    let mut answered = BTreeSet::new();
    until(|| {
        // Workers that have just answered stand behind those that still wait.
        let stream = TcpStream::connect(listener.local_addr()?)?;
        answered.insert(answer(&stream)?);
        Ok(answered == expected)
    })
    .expect("each of three workers answers in the end");
}

/// What a worker has open that was handed `descriptors`, without what it looks with.
fn open_in_worker(descriptors: &[BorrowedFd<'_>]) -> BTreeSet<String> {
    let output =
        spawn(&mut command("descriptors"), descriptors).unwrap().wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let inherited = |line: &&str| !line.ends_with("/fd") && !line.starts_with("pipe:");
    lines.lines().filter(inherited).map(String::from).collect()
}

#[test]
fn a_worker_has_what_it_was_given_and_nothing_else() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _secret = tempfile::tempfile().unwrap();
    let without = open_in_worker(&[]);
    let with = open_in_worker(&[listener.as_fd()]);
    let added: Vec<_> = with.difference(&without).map(String::as_str).collect();
    let listener = format!("/proc/self/fd/{}", listener.as_raw_fd());
    let listener = fs::read_link(listener).unwrap();
    assert_eq!(added, [listener.to_str().unwrap()], "beside {without:?}");
    assert!(
        !without.iter().any(|open| open.contains("deleted")),
        "a file of the master: {without:?}"
    );
}

/// Whether the next program would not have it.
fn is_marked(listener: &TcpListener) -> bool {
    fcntl_getfd(listener).unwrap().contains(FdFlags::CLOEXEC)
}

#[test]
fn the_marks_are_back_after_a_start() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    drop(serving(&listener));
    assert!(is_marked(&listener), "close-on-exec after a start");
}

#[test]
fn the_marks_are_back_after_a_start_that_failed() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let missing = spawn(&mut Command::new("/nowhere/to/be/found"), &[listener.as_fd()]);
    assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(is_marked(&listener), "close-on-exec after a start that failed");
}

#[test]
fn what_a_worker_has_inherited_it_does_not_hand_on() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut worker = spawn(&mut command("marks"), &[listener.as_fd()]).unwrap();
    assert!(worker.wait().unwrap().success(), "it is marked again in the worker");
}

/// What a worker says that finds this in its environment, and how it ends.
fn told(task: &str, numbers: &str) -> String {
    let mut command = command(task);
    command.env("PREFORK_DESCRIPTORS", numbers).stderr(Stdio::piped());
    let output = command.output().unwrap();
    assert!(!output.status.success(), "a worker that believes `{numbers}`");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_no_descriptor_is_refused() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // A word, standard error, a number below all others, and one that nothing has.
    for number in ["listener", "2", "-1", "999"] {
        let said = told("descriptors", number);
        assert!(said.contains(&format!("`{number}` in `PREFORK_DESCRIPTORS`")), "{said}");
    }
}

#[test]
fn what_the_worker_has_opened_itself_is_refused() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let said = told("opens-100", "100");
    assert!(said.contains("`100` in `PREFORK_DESCRIPTORS`"), "{said}");
}

#[test]
fn a_killed_worker_loses_no_connection_that_waits() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let worker = serving(&listener);
    let first = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    answer(&first).unwrap();
    // A stopped process accepts nothing, so these three wait in the queue.
    let pid = Pid::from_child(&worker.0);
    kill_process(pid, Signal::STOP).unwrap();
    // The signal is sent, which is not yet a process that has stopped.
    let stopped = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().expect("it changes");
    assert!(stopped.1.stopped());
    let waiting: Vec<_> =
        (0..3).map(|_| TcpStream::connect(listener.local_addr().unwrap()).unwrap()).collect();
    drop(worker);
    let successor = serving(&listener);
    let answers: Vec<_> = waiting.iter().map(|stream| answer(stream).unwrap()).collect();
    assert!(answers.iter().all(|&pid| pid == successor.0.id()), "{answers:?}");
}

#[test]
fn several_things_are_handed_over_in_order() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // What the worker opens as shared memory must be the second descriptor, or it fails.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut wrong = spawn(&mut command("count"), &[listener.as_fd()]).unwrap();
    assert!(!wrong.wait().unwrap().success(), "a listener is no shared memory");
    let memory =
        processes::shared::Region::<[processes::shared::Counter; 16]>::create("test").unwrap();
    let mut right = spawn(&mut command("count"), &[memory.as_fd(), listener.as_fd()]).unwrap();
    assert!(right.wait().unwrap().success());
}
