//! A process that runs one job.
//!
//! It has its input and nothing else: no settings, no other descriptors, no database. Its keeper has limited its memory and its
//! processor time; it yields to whoever answers requests; and the kernel lets it start no other process, which would have
//! the same limits once more.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::io;
use std::process::{Command, ExitCode};

use rustix::process::nice;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};
use solution_4_processes::jobs::serve;

use super::kinds::Work;

/// The argument that makes the program this one.
pub(crate) const ARGUMENT: &str = "job";
/// How long a job, or its result, may be.
pub(crate) const FRAME_BYTES: usize = 64 << 10;
/// How much it yields (nice(2)): with one that does not yield beside it, it gets a tenth of a processor.
const NICE: i32 = 10;

/// How the keeper starts it.
#[must_use]
pub(crate) fn command() -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg(ARGUMENT).env_clear();
    command
}

/// Runs the job that the keeper sends.
#[must_use]
pub fn run() -> ExitCode {
    let _ = rustix::thread::set_name(c"api-server job");
    let _ = nice(NICE);
    if let Err(error) = close_others().map_err(Into::into).and_then(|()| forbid_processes()) {
        eprintln!("no job is run that could do more: {error}");
        return ExitCode::FAILURE;
    }
    serve(FRAME_BYTES, |job| {
        let work: Work = serde_json::from_slice(job).map_err(|error| error.to_string())?;
        work.run().map(|result| result.to_string().into_bytes())
    })
}

/// Closes what whoever started the server has left open, to be inherited by all: everything but the standard streams.
fn close_others() -> io::Result<()> {
    // SAFETY: nothing in this process has opened a descriptor yet, so nobody's is closed.
    let closed = unsafe { libc::close_range(3, u32::MAX, 0) };
    if closed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// From now on the kernel refuses to make a process, and lets threads be made (clone(2): `CLONE_THREAD`).
fn forbid_processes() -> Result<(), Box<dyn std::error::Error>> {
    let no_thread = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Qword,
        SeccompCmpOp::MaskedEq(libc::CLONE_THREAD as u64),
        0,
    )?;
    let mut rules = BTreeMap::from([(libc::SYS_clone, vec![SeccompRule::new(vec![no_thread])?])]);
    // These two are older than the newer architectures.
    #[cfg(target_arch = "x86_64")]
    rules.extend([(libc::SYS_fork, Vec::new()), (libc::SYS_vfork, Vec::new())]);
    filter(rules, libc::EPERM)?;
    // Its flags are in memory, where a filter cannot look. The C library falls back to `clone` if there is no such call.
    filter(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)
}

/// What has one of these rules fails.
fn filter(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    error: i32,
) -> Result<(), Box<dyn std::error::Error>> {
    let fails = SeccompAction::Errno(error.cast_unsigned());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, fails, ARCH.try_into()?)?;
    Ok(apply_filter(&BpfProgram::try_from(filter)?)?)
}
