//! Goal: the program `book-server` starts where it can, is ready and rebuilt soon, rests when nobody asks, and ends.
//!
//! Method: it is started as a process, on a tiny book or on a course of a hundred chapters made of the workbook's own. Rest
//! is counted: how often its threads were put to sleep, which a process that wakes up often is. What an edit costs is
//! measured as processor time, which other work on the machine hardly changes. What a browser adds is not shown here.

mod live_book;
mod tiny_book;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use live_book::{Events, PATIENCE};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tiny_book::{TinyBook, age, save, workspace};

/// The whole course will have about as many.
const CHAPTERS: usize = 100;

const CHAPTER: &str = "book/src/lesson-1/frame.md";

/// What an edit may cost, so that its new page is there within two seconds.
const EDIT_CPU_MAX: Duration = Duration::from_millis(1500);

const MEMORY_MAX_KB: u64 = 80_000;

#[test]
fn it_ends_well_when_it_is_interrupted() {
    let book = TinyBook::new();
    let mut program = Program::start(book.root(), |command| {
        command.args(["--no-open", "--port", "0"]);
    });
    program.events().next_built();
    kill_process(Pid::from_child(&program.child), Signal::INT).expect("it runs");
    let status = program.wait();
    assert!(status.success(), "{status}");
}

#[test]
fn a_taken_port_is_said_and_the_next_one_used() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("its address").port();
    let book = TinyBook::new();
    let program = Program::start(book.root(), |command| {
        command.args(["--no-open", "--port", &port.to_string()]);
    });
    let used = program.address.port();
    assert_ne!(used, port);
    assert_eq!(program.said(), format!("port {port} is in use, so this is {used}"));
}

#[test]
fn without_a_browser_the_address_is_printed_and_answers() {
    let book = TinyBook::new();
    let nothing = TempDir::new().expect("a temporary folder");
    let program = Program::start(book.root(), |command| {
        command.args(["--port", "0"]).env("PATH", nothing.path()).env_remove("BROWSER");
    });
    program.events().next_built();
    assert!(program.page("/index.html").starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_course_of_a_hundred_chapters_is_rebuilt_soon_and_rests_between() {
    let course = course();
    let program = Program::start(course.path(), |command| {
        command.args(["--no-open", "--port", "0"]);
    });
    let mut events = program.events();
    events.next_built();

    let chapter = course.path().join(CHAPTER);
    let mut best = Duration::MAX;
    for edit in 0..5 {
        let text = fs::read_to_string(&chapter).expect("the chapter is there");
        let start = program.cpu();
        save(&chapter, &format!("{text}\nEdit number {edit}.\n"));
        events.next_built();
        let page = program.page("/lesson-1/frame.html");
        best = best.min(program.cpu() - start);
        assert!(page.contains(&format!("Edit number {edit}.")));
    }
    assert!(best < EDIT_CPU_MAX, "from an edit to the new page: {best:?} of processor time");

    // A page listens all the while. The watcher may look once without being told to.
    let before = program.settled();
    thread::sleep(Duration::from_secs(2));
    let woken = program.sleeps() - before;
    assert!(woken <= 3, "it woke up {woken} times in two seconds");
    let memory = program.memory_max_kb();
    assert!(memory < MEMORY_MAX_KB, "{memory} kB");
}

/// The workbook's own course, with its chapters again and again until there are a hundred.
fn course() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for part in ["book", "lessons", "solutions"] {
        for file in book_server::files::below(&workspace().join(part)) {
            let copy = folder.path().join(file.strip_prefix(workspace()).expect("it lies below"));
            fs::create_dir_all(copy.parent().expect("a file is in a folder")).expect("a folder");
            fs::copy(&file, copy).expect("a copy");
        }
    }
    fs::copy(workspace().join("Cargo.toml"), folder.path().join("Cargo.toml")).expect("a copy");
    let source = folder.path().join("book/src");
    let summary = fs::read_to_string(source.join("SUMMARY.md")).expect("there is a summary");
    let chapters: Vec<&str> =
        summary.split(['(', ')']).filter(|part| part.ends_with(".md")).collect();
    let more = chapters.iter().copied().filter(|chapter| chapter.contains("path")).cycle();
    let mut lines = String::new();
    for (number, chapter) in more.take(CHAPTERS - chapters.len()).enumerate() {
        let text = fs::read_to_string(source.join(chapter)).expect(chapter);
        let name = format!("lesson-1/more-{number}.md");
        // Directives stand once in the book.
        let prose = text.lines().filter(|line| !line.contains("{{#"));
        let prose = prose.collect::<Vec<_>>().join("\n").replacen("# ", &format!("# {number} "), 1);
        fs::write(source.join(&name), prose).expect("it can be written");
        lines.push_str(&format!("    - [Chapter {number}]({name})\n"));
    }
    let (before, after) = summary.split_once("\n# Coming").expect("the last part");
    let summary = format!("{}\n{lines}\n# Coming{after}", before.trim_end());
    fs::write(source.join("SUMMARY.md"), summary).expect("it can be written");
    folder
}

/// A process that serves a book; it ends with the test.
struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    fn start(root: &Path, change: impl FnOnce(&mut Command)) -> Self {
        age(root);
        let mut command = Command::new(env!("CARGO_BIN_EXE_book-server"));
        command.args(["serve", "--root"]).arg(root);
        change(&mut command);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let line = first_line(child.stdout.as_mut().expect("its output"));
        let address = line.strip_prefix("http://").and_then(|line| line.strip_suffix('/'));
        let address = address.and_then(|address| address.parse().ok());
        Self { address: address.unwrap_or_else(|| panic!("an address: {line}")), child }
    }

    /// The first line of its messages.
    fn said(mut self) -> String {
        first_line(self.child.stderr.as_mut().expect("its messages"))
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        stream
    }

    fn events(&self) -> Events {
        Events::of(self.connect(), self.address)
    }

    fn page(&self, path: &str) -> String {
        let mut stream = self.connect();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers in time");
        answer
    }

    fn wait(&mut self) -> std::process::ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.child.try_wait().expect("it is our child") {
                Some(status) => return status,
                None => assert!(Instant::now() < deadline, "it ends in time"),
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Processor time of user and kernel, see proc_pid_stat(5).
    fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
        let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>());
        let ticks: u64 = ticks.map(|ticks| ticks.expect("a number")).sum();
        Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
    }

    /// How often its threads have gone to sleep.
    fn sleeps(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs");
        let statuses = tasks.flatten().map(|task| task.path().join("status"));
        statuses.map(|status| number(&status, "voluntary_ctxt_switches:")).sum()
    }

    /// The same, once it has done what there was to do.
    fn settled(&self) -> u64 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let before = self.sleeps();
            thread::sleep(Duration::from_millis(300));
            if self.sleeps() == before {
                return before;
            }
            assert!(Instant::now() < deadline, "it does not come to rest");
        }
    }

    fn memory_max_kb(&self) -> u64 {
        number(Path::new(&format!("/proc/{}/status", self.child.id())), "VmHWM:")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It leaves nothing when it is asked to end.
        _ = kill_process(Pid::from_child(&self.child), Signal::HUP);
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                _ = self.child.kill();
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn first_line(stream: &mut impl Read) -> String {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}

/// The number behind a name in a file of `/proc`.
fn number(file: &Path, name: &str) -> u64 {
    let text = fs::read_to_string(file).expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect(name);
    line.trim_end_matches("kB").trim().parse().expect("a number")
}
