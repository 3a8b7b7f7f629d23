//! What is going on, while it goes on: one line at the bottom of the terminal, or events for a program.

use std::io::{IsTerminal, Write};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, getpgrp, getpid, kill_current_process_group};
use serde::Serialize;

use crate::check::report::{Outcome, Report, TestReport};
use crate::table::Recorded;
use crate::terminal::columns;
use crate::trace;

/// Who is told what is going on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Audience {
    /// The reader, if the standard error is a terminal that can erase a line.
    #[default]
    Reader,
    /// A program: each event is a line of JSON on the standard output.
    Program,
    /// Nobody.
    Nobody,
}

/// What happens during a check, a lab or a trace, as `--format events` prints it.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// What is being done now.
    Status {
        /// In a few words.
        text: &'a str,
    },
    /// A test has ended.
    Test {
        /// Its function's name.
        name: &'a str,
        /// What became of it.
        outcome: Outcome,
    },
    /// The check is over.
    Report {
        /// What `--format json` prints.
        report: &'a Report,
        /// What a terminal shows, with its colours.
        screen: &'a str,
    },
    /// What was predicted has been measured.
    Predicted {
        /// The reader's number.
        predicted: f64,
        /// What the reader's code measured, in the same unit.
        measured: f64,
        /// All of what was measured.
        recorded: &'a Recorded,
    },
    /// The lab is over.
    Table {
        /// What `--format json` prints.
        recorded: &'a Recorded,
    },
    /// The trace is over.
    Trace {
        /// What `--format json` prints.
        recorded: &'a trace::Recorded,
    },
}

impl Event<'_> {
    /// Prints it. A program that has gone misses nothing.
    pub fn print(&self) {
        let line = serde_json::to_string(self).expect("an event has string keys only");
        let mut stdout = std::io::stdout().lock();
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    }
}

/// Ends this process, and its group if it leads one, as soon as nobody reads its standard output any more: a program
/// that was killed cannot cancel what it started.
pub fn end_with_the_reader() {
    thread::spawn(|| {
        // Only the end is waited for, which a pipe reports as an error; a terminal or a file reports nothing.
        while poll(&mut [PollFd::new(&std::io::stdout(), PollFlags::empty())], None).is_err() {}
        if getpgrp() == getpid() {
            let _ = kill_current_process_group(Signal::KILL);
        }
        std::process::exit(4);
    });
}

/// Tells the audience. Dropping it erases the line.
#[derive(Debug)]
pub struct Status {
    audience: Audience,
}

impl Status {
    /// For that audience, if it is there.
    #[must_use]
    pub fn new(audience: Audience) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        let reads = !dumb && std::io::stderr().is_terminal();
        match audience {
            Audience::Reader if !reads => Self { audience: Audience::Nobody },
            audience => Self { audience },
        }
    }

    /// What is being done now.
    pub fn show(&self, text: &str) {
        match self.audience {
            Audience::Reader => line(text),
            Audience::Program => Event::Status { text }.print(),
            Audience::Nobody => {}
        }
    }

    /// A test has ended, the `done`th of so many.
    pub fn test(&self, report: &TestReport, done: usize, all: usize) {
        match self.audience {
            Audience::Reader => line(&format!("{done} of {all} tests")),
            Audience::Program => {
                Event::Test { name: &report.name, outcome: report.outcome }.print();
            }
            Audience::Nobody => {}
        }
    }

    /// A line that Cargo says; on a terminal the line at the bottom is enough.
    pub fn cargo(&self, said: &str) {
        if self.audience == Audience::Program {
            Event::Status { text: said.trim() }.print();
        }
    }
}

fn line(text: &str) {
    // Cut, so that it stays one line; a failure to draw is no failure.
    let text: String = text.chars().take(columns() - 1).collect();
    let _ = write!(std::io::stderr(), "\r\x1b[2K{text}");
}

impl Drop for Status {
    fn drop(&mut self) {
        if self.audience == Audience::Reader {
            line("");
        }
    }
}
