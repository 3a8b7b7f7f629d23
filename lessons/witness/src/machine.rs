//! What a test needs of the machine, and how it says that it is not there.
//!
//! The runner knows the two sentences by their beginning: a skipped test is named and not counted,
//! and an environment failure is never put down to the learner.

use std::io;
use std::net::TcpListener;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How a line begins that says why a test did nothing. The runner looks for it.
pub const SKIPPED: &str = "witness: skipped: ";

/// How a panic's message begins when the machine, not the code under test, is at fault. The runner
/// looks for it.
pub const ENVIRONMENT: &str = "witness: environment: ";

/// Says why the calling test does nothing; it then returns.
pub fn skip(why: &str) {
    eprintln!("{SKIPPED}{why}");
}

/// Ends the calling test because of the machine.
///
/// # Panics
///
/// Always: that is how it ends the test.
#[track_caller]
pub fn environment(why: &str) -> ! {
    panic!("{ENVIRONMENT}{why}");
}

/// Whether this machine has an IPv6 loopback address; says so if not.
#[must_use]
pub fn has_ipv6() -> bool {
    let has = TcpListener::bind("[::1]:0").is_ok();
    if !has {
        skip("there is no IPv6 loopback address (`sysctl net.ipv6.conf.lo.disable_ipv6=0`)");
    }
    has
}

/// Lets this process, and those that it starts, open as many files as it may, and returns how many that are.
///
/// # Errors
///
/// The kernel refuses, which it should not.
pub fn raise_open_files() -> io::Result<usize> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
    Ok(limit.maximum.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX)))
}

/// A number that the kernel shows below `/proc/sys`.
///
/// # Panics
///
/// As [`environment`], when the file is not there or is no number.
#[must_use]
#[track_caller]
pub fn setting(name: &str) -> i64 {
    let path = format!("/proc/sys/{}", name.replace('.', "/"));
    match std::fs::read_to_string(&path).map(|text| text.trim().parse()) {
        Ok(Ok(value)) => value,
        _ => environment(&format!("cannot read `{path}`")),
    }
}
