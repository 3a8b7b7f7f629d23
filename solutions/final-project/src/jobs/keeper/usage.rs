//! What the processes of jobs take: it counts with their keeper.

use std::fs;

use rustix::param::{clock_ticks_per_second, page_size};

/// What processes have taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Processor time, in microseconds, of those that have ended, too.
    pub(super) processor: u64,
    /// Memory, in bytes.
    pub(super) memory: u64,
}

/// Where in proc_pid_stat(5) times are, in ticks, counted behind the name: a process's own, and those of the children that
/// it has waited for.
const OWN: [usize; 2] = [11, 12];
const CHILDREN: [usize; 2] = [13, 14];

/// Of this process's children. What cannot be read is nothing.
pub(super) fn of_children() -> Usage {
    let ended = times("/proc/self/stat", CHILDREN).unwrap_or(0);
    children().iter().fold(Usage { processor: ended, memory: 0 }, |sum, child| Usage {
        processor: sum.processor + times(&format!("/proc/{child}/stat"), OWN).unwrap_or(0),
        memory: sum.memory + memory(child).unwrap_or(0),
    })
}

/// By their numbers: each thread has its own.
fn children() -> Vec<String> {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return Vec::new() };
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn times(path: &str, fields: [usize; 2]) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    // The name stands in parentheses, and may have any in it.
    let (_, rest) = text.rsplit_once(") ")?;
    let all: Vec<&str> = rest.split(' ').collect();
    let ticks = fields.iter().map(|&field| all.get(field)?.parse::<u64>().ok());
    Some(ticks.sum::<Option<u64>>()? * 1_000_000 / clock_ticks_per_second())
}

/// The second number of proc_pid_statm(5), in pages.
fn memory(pid: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    Some(text.split_whitespace().nth(1)?.parse::<u64>().ok()? * page_size() as u64)
}
