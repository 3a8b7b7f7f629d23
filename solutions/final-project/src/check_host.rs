//! `api-server check-host`: whether the machine is set up for the server, as a table.
//!
//! One [`table`](table::TABLE) says what matters. From it come this report and `deploy/sysctl.d/60-api-server.conf`
//! (`--sysctl`). What cannot be [`read`] is unknown, and said to be: it never counts as in order.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Arg, ArgAction, Command};

pub mod read;
pub mod table;

use read::{Found, Host, Missing};
use table::{Check, TABLE};

use crate::exit;

/// The argument that makes the program this one.
pub(crate) const ARGUMENT: &str = "check-host";

const STATUSES: &str = "\
Exit status:
  0  all is as wanted
  1  something is not, or cannot be read
  2  an option is wrong";

/// How it is with one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As wanted.
    Fine,
    /// Not as wanted.
    Wrong,
    /// It cannot be read, or is nothing that can be judged.
    Unknown,
    /// This machine has no such thing, and needs none.
    Absent,
    /// For others that may run here: shown, and not judged.
    Told,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Wrong => "WRONG",
            Self::Unknown => "unknown",
            Self::Absent => "absent",
            Self::Told => "note",
        }
    }
}

/// Prints what the arguments behind `check-host` ask for.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    if matches.get_flag("sysctl") {
        print!("{}", table::sysctl());
        return ExitCode::SUCCESS;
    }
    let root = matches.get_one::<String>("root").map_or("/", String::as_str);
    let (text, status) = report(Path::new(root));
    print!("{text}");
    ExitCode::from(status)
}

fn command() -> Command {
    let sysctl = Arg::new("sysctl").long("sysctl").action(ArgAction::SetTrue);
    let root = Arg::new("root").long("root").value_name("DIR");
    Command::new("api-server check-host")
        .about("Shows whether this machine is set up for the server")
        .after_help(STATUSES)
        .arg(sysctl.help("Print what to set, for a file in /etc/sysctl.d/"))
        .arg(root.help("Where /proc and /sys are [default: /]"))
}

/// The table for the machine whose `/proc` and `/sys` are below `root`, and the status to end with.
#[must_use]
pub fn report(root: &Path) -> (String, u8) {
    let host = Host::new(root);
    let mut text = String::new();
    let mut bad = 0;
    for check in TABLE {
        let found = (check.read)(&host, check.name);
        let verdict = judge(check, &found);
        bad += usize::from(matches!(verdict, Verdict::Wrong | Verdict::Unknown));
        let shown = match found {
            Ok(found) => found.shown,
            Err(Missing::Absent(why) | Missing::Unknown(why)) => why,
        };
        let (word, name, wanted) = (verdict.word(), check.name, &check.wanted);
        // A text that is written to memory: nothing can go wrong.
        let _ =
            writeln!(text, "{word:<8} {name}: {shown} (wanted: {wanted})\n         {}", check.why);
    }
    let all = TABLE.len();
    let _ = writeln!(text, "{bad} of {all} are not as wanted, or unknown");
    (text, if bad == 0 { exit::CLEAN } else { exit::NOT_AS_WANTED })
}

/// What to think of what was found.
#[must_use]
pub fn judge(check: &Check, found: &Result<Found, Missing>) -> Verdict {
    match found {
        Err(Missing::Absent(_)) => Verdict::Absent,
        Err(Missing::Unknown(_)) => Verdict::Unknown,
        Ok(found) => check.wanted.judge(&found.value),
    }
}
