//! The step that types what the book shows typed into a terminal, and compares what comes with what the book shows.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{ChildStdout, Command, Stdio};

use anstream::println;
use clap::Parser as _;

use super::examples::{Server, WAIT_MAX};
use super::{Tally, Trouble, scratch_with_starters};
use crate::cli::{Cli, Verb};
use crate::digest::files_below;
use crate::mistake::RejectedBy;
use crate::scratch::Scratch;
use crate::verbs::lab;
use crate::workbook::{Exercise, Lesson, Workbook};
use crate::{mistake, target};

/// A command that a page shows, and what it is said to print.
#[derive(Debug, PartialEq, Eq)]
struct Session {
    command: String,
    printed: Vec<String>,
}

/// Every command of the course's own is one that the runner knows; where the book shows what it prints, it prints that.
pub(super) fn consoles(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let scratch = scratch_with_starters(workbook)?;
    let copy = scratch.workbook()?;
    let source = workbook.root.join("book/src");
    for page in files_below(&source)? {
        if page.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let name = page.strip_prefix(&source).expect("it lies below").display().to_string();
        let mut typist = Typist { copy: &copy, scratch: &scratch, server: None };
        for session in sessions(&fs::read_to_string(&page)?) {
            let what = format!("{name}: {}", session.command);
            match typist.try_out(&session) {
                Ok(true) => tally.pass(&what),
                Ok(false) => println!("  - {what}: another program's, not tried"),
                Err(why) => tally.fail(&what, &why.to_string()),
            }
        }
    }
    Ok(())
}

/// The commands in a page's blocks of the language `console`, each with the lines below it.
fn sessions(markdown: &str) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    let mut inside = false;
    for line in markdown.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            let command = command.split(" #").next().unwrap_or_default().trim().to_owned();
            sessions.push(Session { command, printed: Vec::new() });
        } else if let Some(session) = sessions.last_mut().filter(|_| inside) {
            session.printed.push(line.to_owned());
        }
    }
    sessions
}

/// Types one page's commands, in a copy of the course where nobody has begun.
struct Typist<'a> {
    copy: &'a Workbook,
    scratch: &'a Scratch,
    /// The server that the page has started, and the address it printed.
    server: Option<(Server, String)>,
}

impl Typist<'_> {
    /// Whether the command is one of ours; if so, it exists and prints what the page says.
    fn try_out(&mut self, session: &Session) -> Result<bool, Trouble> {
        let words: Vec<_> = session.command.split(' ').collect();
        let shown = !session.printed.is_empty();
        let printed = match words.as_slice() {
            ["cargo", "xtask", rest @ ..] => {
                let verb = Cli::try_parse_from([&["cargo xtask"], rest].concat())?.command;
                match verb {
                    Some(Verb::Serve(arguments)) if shown => {
                        let lesson = target::lesson(self.copy, &arguments.lesson)?;
                        self.start(lesson, &format!("serve-{}", lesson.name()))?
                    }
                    Some(Verb::Check(arguments)) if shown => {
                        let text = arguments.target.unwrap_or_default();
                        let (lesson, exercise) = target::exercise(self.copy, &text)?;
                        let benchmarked =
                            session.printed.iter().any(|line| line.contains("benchmark"));
                        if let Some(exercise) = exercise.filter(|_| benchmarked) {
                            self.lay_slow(lesson, exercise)?;
                        }
                        self.ask_runner(rest)?
                    }
                    _ if shown => self.ask_runner(rest)?,
                    _ => {
                        known_target(self.copy, rest)?;
                        return Ok(true);
                    }
                }
            }
            ["cargo", "run", "--release", "-p", package, "--example", example, ..] => {
                let lessons = &self.copy.lessons;
                let lesson = lessons.iter().find(|lesson| lesson.package() == *package);
                self.start(lesson.ok_or("there is no such package")?, example)?
            }
            ["curl", "-i", url] if shown => self.ask_server(url)?,
            _ => return Ok(false),
        };
        compare(&session.printed, &printed)?;
        Ok(true)
    }

    /// What the runner prints in the copy.
    fn ask_runner(&self, arguments: &[&str]) -> Result<String, Trouble> {
        // Not its path: a build of before may have put another program there.
        let mut command = Command::new("/proc/self/exe");
        command.arg("--root").arg(self.scratch.root()).args(arguments).stdin(Stdio::null());
        Ok(String::from_utf8_lossy(&command.output()?.stdout).into_owned())
    }

    /// Puts a solution in the exercise's place that is right and too slow.
    fn lay_slow(&self, lesson: &Lesson, exercise: &Exercise) -> Result<(), Trouble> {
        let root = &self.copy.root;
        let mistakes = mistake::mistakes(root, lesson, exercise)?;
        let slow = mistakes.iter().find(|mistake| mistake.rejected_by == RejectedBy::Benchmark);
        let slow = slow.ok_or("no wrong solution is rejected by the benchmark")?;
        Ok(self.scratch.lay(lesson, &slow.laid_over(root, lesson, exercise)?)?)
    }

    /// Starts a lesson's example on a free port, and gives its first line.
    fn start(&mut self, lesson: &Lesson, example: &str) -> Result<String, Trouble> {
        let program = lab::build_example(self.copy, lesson, example, &[], true)?;
        let (server, stdout) = Server::start(&program)?;
        let line = first_line(stdout)?;
        let address = line.trim().rsplit(['/', ' ']).next().unwrap_or_default().to_owned();
        self.server = Some((server, address));
        Ok(line)
    }

    /// What `curl -i` prints: the answer, head and body.
    fn ask_server(&self, url: &str) -> Result<String, Trouble> {
        let (_, address) = self.server.as_ref().ok_or("the page has started no server")?;
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        let mut stream = TcpStream::connect(address.as_str())?;
        stream.set_read_timeout(Some(WAIT_MAX))?;
        write!(stream, "GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

fn first_line(stdout: ChildStdout) -> Result<String, Trouble> {
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    Ok(line)
}

/// A part of the course that a command names is there.
fn known_target(workbook: &Workbook, words: &[&str]) -> Result<(), Trouble> {
    let Some(name) = words.iter().skip(1).find(|word| word.starts_with("lesson-")) else {
        return Ok(());
    };
    match words[0] {
        "lab" => drop(target::lab(workbook, name)?),
        "trace" => drop(target::trace(workbook, name)?),
        _ => drop(target::exercise(workbook, name)?),
    }
    Ok(())
}

/// Each line that the page shows is printed, in that order; what is measured and what the system chooses may differ.
fn compare(shown: &[String], printed: &str) -> Result<(), String> {
    let mut lines = printed.lines().map(shape);
    for line in shown.iter().filter(|line| !line.trim().is_empty()) {
        if !lines.any(|printed| printed == shape(line)) {
            return Err(format!("the page shows `{line}`, it printed\n{printed}"));
        }
    }
    Ok(())
}

/// A line without its measured numbers (those with a point in them), ports and indentation.
fn shape(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        let address = word.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
        let bare = word.trim_matches(['(', ')', ',']);
        match address {
            Some((host, _)) => format!("{host}:PORT"),
            None if bare.contains('.') && bare.parse::<f64>().is_ok() => word.replace(bare, "N"),
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Session, compare, sessions, shape};

    #[test]
    fn a_session_is_a_command_and_what_is_below_it() {
        let page =
            "Say\n\n```console\n$ one two  # why\nprinted\n$ three\n```\n\n```text\n$ none\n```\n";
        let session = |command: &str, printed: &[&str]| Session {
            command: command.into(),
            printed: printed.iter().map(|line| (*line).to_owned()).collect(),
        };
        assert_eq!(sessions(page), [session("one two", &["printed"]), session("three", &[])]);
    }

    #[test]
    fn only_measured_numbers_and_ports_may_differ() {
        assert_eq!(shape("  score 0.62 (0.58 to 0.63),"), "score N (N to N),");
        assert_eq!(shape("on http://127.0.0.1:8080"), "on http://127.0.0.1:PORT");
        assert_eq!(shape("8 of 12 tests."), "8 of 12 tests.");
    }

    #[test]
    fn lines_come_in_the_order_shown() {
        let shown = ["b 1".to_owned(), "c".to_owned()];
        assert_eq!(compare(&shown, "a\nb 1\nc\n"), Ok(()));
        assert!(compare(&shown, "a\nc\nb 1\n").is_err());
        assert!(compare(&shown, "a\nb 2\nc\n").is_err());
    }
}
