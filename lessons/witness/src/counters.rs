//! The kernel's own counters, as `/proc` shows them.

use std::fs;
use std::io;
use std::mem::MaybeUninit;

/// A counter out of `/proc/net/snmp` or `/proc/net/netstat`: two lines for each group, names and numbers (proc(5)).
///
/// # Errors
///
/// The file cannot be read, or has no such counter.
pub fn read(path: &str, group: &str, name: &str) -> io::Result<f64> {
    let text = fs::read_to_string(path)?;
    let mut lines = text.lines().filter(|line| line.split(':').next() == Some(group));
    let (names, numbers) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let column = names.split_whitespace().position(|each| each == name);
    let number = column.and_then(|column| numbers.split_whitespace().nth(column));
    number.and_then(|number| number.parse().ok()).ok_or_else(|| missing(path, name))
}

/// How often a softirq of that kind has run, on all processors: a row of `/proc/softirqs`.
///
/// # Errors
///
/// As [`read`].
pub fn softirqs(kind: &str) -> io::Result<f64> {
    let path = "/proc/softirqs";
    let text = fs::read_to_string(path)?;
    let row = text.lines().find_map(|line| line.trim().strip_prefix(kind)?.strip_prefix(':'));
    let row = row.ok_or_else(|| missing(path, kind))?;
    Ok(row.split_whitespace().filter_map(|number| number.parse::<f64>().ok()).sum())
}

/// How many packets were handed to the stack, after those that belong together were merged: the first column, hexadecimal, of `/proc/net/softnet_stat`, a line for each
/// processor.
///
/// # Errors
///
/// As [`read`].
pub fn softnet_packets() -> io::Result<f64> {
    let path = "/proc/net/softnet_stat";
    let text = fs::read_to_string(path)?;
    let packets = |line: &str| u64::from_str_radix(line.split_whitespace().next()?, 16).ok();
    Ok(text.lines().filter_map(packets).map(|packets| packets as f64).sum())
}

/// How often the calling thread has given up the processor to wait.
///
/// # Errors
///
/// As [`read`].
pub fn voluntary_switches() -> io::Result<f64> {
    let path = "/proc/thread-self/status";
    let text = fs::read_to_string(path)?;
    let number = text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    number
        .and_then(|number| number.trim().parse().ok())
        .ok_or_else(|| missing(path, "voluntary_ctxt_switches"))
}

/// How often all threads of this process together have given up the processor to wait. It needs no descriptor.
#[must_use]
pub fn voluntary_switches_of_all() -> u64 {
    usage(libc::RUSAGE_SELF).ru_nvcsw as u64
}

/// How often the calling thread has touched a page that was not mapped yet, and that did not have to come from a disk.
#[must_use]
pub fn page_faults() -> u64 {
    usage(libc::RUSAGE_THREAD).ru_minflt as u64
}

fn usage(of: libc::c_int) -> libc::rusage {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the kernel writes a whole `rusage`, for which there is room.
    let result = unsafe { libc::getrusage(of, usage.as_mut_ptr()) };
    assert_eq!(result, 0, "a process may ask about itself");
    // SAFETY: it is numbers, zeroed before, and written by the kernel.
    unsafe { usage.assume_init() }
}

fn missing(path: &str, name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("`{path}` has no `{name}`"))
}
