//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::status::Audience;

/// The workbook's runner. Without a command it says where you are and what comes next.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Cli {
    /// The workspace; found from the working directory when not given
    #[arg(long, global = true, hide = true, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Verb>,
}

/// What the runner can do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Build the book, serve it on this machine and open it
    Book(BookArgs),
    /// Show your progress
    List,
    /// Check an exercise or a whole lesson: tests, then the benchmark
    Check(CheckArgs),
    /// Check again whenever you save
    Watch(WatchArgs),
    /// Show the next hint
    Hint(TargetArgs),
    /// Show how your code differs from the reference
    Solution(SolutionArgs),
    /// Put the starter back (what you wrote is kept, see `undo`)
    Reset(TargetArgs),
    /// Bring back what you had before
    Undo(UndoArgs),
    /// Run the server that a lesson built
    Serve(ServeArgs),
    /// Load a server and say what it did
    Load(LoadArgs),
    /// Run an experiment on this machine
    Lab(LabArgs),
    /// Show what happens on this machine, event by event
    Trace(TraceArgs),
    /// Look at this machine: what each lesson needs, and how noisy it is
    Doctor,
    /// For authors: test the whole workbook
    Test(TestArgs),
    /// For authors: write the starters anew from the references
    Starters(StartersArgs),
    /// For authors: record again what the book shows
    Measure(MeasureArgs),
}

impl Verb {
    /// Whether a program wants to know what is going on.
    #[must_use]
    pub fn tells_a_program(&self) -> bool {
        let format = match self {
            Self::Check(arguments) => arguments.format,
            Self::Lab(LabArgs { how, .. }) | Self::Trace(TraceArgs { how, .. }) => how.format,
            _ => return false,
        };
        format.audience() == Audience::Program
    }
}

/// A part of the course.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// `lesson-1/frame`, or `1/fr`; the next exercise when not given
    pub target: Option<String>,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: `xtask/check.schema.json`
    Json,
    /// For programs that want to know what is going on: a line of JSON for everything that happens
    Events,
}

impl Format {
    /// Who is told what is going on.
    #[must_use]
    pub fn audience(self) -> Audience {
        match self {
            Self::Text => Audience::Reader,
            Self::Json => Audience::Nobody,
            Self::Events => Audience::Program,
        }
    }
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// `lesson-1`, `1`, or `lesson-1/frame`; the next exercise when not given
    pub target: Option<String>,
    /// Check the reference instead of your files
    #[arg(long)]
    pub solution: bool,
    /// Leave the benchmark out
    #[arg(long)]
    pub no_bench: bool,
    /// Check even what has not changed
    #[arg(long)]
    pub again: bool,
    /// Explain every failure, not only the first
    #[arg(long)]
    pub all: bool,
    /// Your prediction, for an exercise that asks for one
    #[arg(long, value_name = "NUMBER")]
    pub predict: Option<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// It is `watch` that asks
    #[arg(long, hide = true)]
    pub watched: bool,
}

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// `lesson-1` or `lesson-1/frame`; the lesson of the next exercise when not given
    pub target: Option<String>,
}

/// Arguments of `solution`.
#[derive(Debug, Args)]
pub struct SolutionArgs {
    /// `lesson-1/frame`; the exercise that passed last when not given
    pub target: Option<String>,
    /// Show it although you have not passed yet
    #[arg(long)]
    pub spoil: bool,
}

/// Arguments of `undo`.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// `lesson-1/frame`
    pub target: Option<String>,
    /// Show what there is to go back to
    #[arg(long)]
    pub list: bool,
    /// Go back to that one
    #[arg(long, value_name = "NUMBER", conflicts_with = "list")]
    pub to: Option<u32>,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// `lesson-1`
    pub lesson: String,
    /// Where it listens
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: std::net::SocketAddr,
    /// Run the reference instead of your files
    #[arg(long)]
    pub solution: bool,
}

/// Arguments of `load`.
#[derive(Debug, Args)]
pub struct LoadArgs {
    /// `http://127.0.0.1:8080/plaintext`, or `lesson-1` for its server
    pub target: String,
    /// Run the reference instead of your files
    #[arg(long)]
    pub solution: bool,
    /// What a lesson's server is asked for [default: /plaintext]
    #[arg(long, value_name = "PATH")]
    pub path: Option<String>,
    /// What the load tester understands: `cargo xtask load URL --help` says what
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    pub options: Vec<String>,
}

/// Arguments of `lab`.
#[derive(Debug, Args)]
pub struct LabArgs {
    /// `lesson-1/nagle`; without it, all of them are listed
    pub lab: Option<String>,
    /// Parameters, sides and format.
    #[command(flatten)]
    pub how: ExperimentArgs,
}

/// Arguments of `trace`.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// `lesson-1/handshake`; without it, all of them are listed
    pub trace: Option<String>,
    /// Parameters, sides and format.
    #[command(flatten)]
    pub how: ExperimentArgs,
}

/// How a lab or a trace is run.
#[derive(Debug, Args)]
pub struct ExperimentArgs {
    /// Change a parameter, for example `rounds=1000`
    #[arg(long = "set", value_name = "NAME=NUMBER")]
    pub parameters: Vec<String>,
    /// Run it with the reference instead of your files
    #[arg(long)]
    pub solution: bool,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// Arguments of `book`.
#[derive(Debug, Args)]
pub struct BookArgs {
    /// Write static files there instead of serving them
    #[arg(long, value_name = "DIR")]
    pub build: Option<PathBuf>,
    /// Where to serve it; the next free port is taken when it is in use
    #[arg(long, default_value_t = 3000, value_name = "PORT")]
    pub port: u16,
    /// Open no browser
    #[arg(long)]
    pub no_open: bool,
}

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Only these steps; all of them when not given
    pub steps: Vec<String>,
    /// Of steps that go lesson by lesson, only this one
    #[arg(long, requires = "steps")]
    pub lesson: Option<String>,
}

/// Arguments of `starters`.
#[derive(Debug, Args)]
pub struct StartersArgs {
    /// Only say which differ
    #[arg(long)]
    pub check: bool,
}

/// Arguments of `measure`.
#[derive(Debug, Args)]
pub struct MeasureArgs {
    /// `labs`, `traces`, `gates`, and lessons (`lesson-3`); all of them when not given
    pub what: Vec<String>,
}
