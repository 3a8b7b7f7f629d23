//! How the program ends.

use std::process::ExitCode;

/// Ended as asked, and every request was answered.
pub const CLEAN: u8 = 0;
/// Ended as asked, but requests were cut off.
pub const CUT: u8 = 1;
/// A setting is wrong.
pub const USAGE: u8 = 2;
/// A worker failed again and again.
pub const CRASH_LOOP: u8 = 3;
/// The server could not start.
pub const ENVIRONMENT: u8 = 4;

/// Of `check-host`: something is not as wanted, or not known.
pub const NOT_AS_WANTED: u8 = 1;
/// Of `probe`: the server does not answer, or not with 200.
pub const NOT_WELL: u8 = 1;

/// Of a process of the master's own: the database is not there now (`EX_TEMPFAIL`, sysexits(3head)).
pub(crate) const UNREACHABLE: u8 = 75;

/// Says why on standard error, with all causes, and ends with `status`.
pub fn because(status: u8, error: &dyn std::error::Error) -> ExitCode {
    let mut text = format!("api-server: {error}");
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    eprintln!("{text}");
    ExitCode::from(status)
}
