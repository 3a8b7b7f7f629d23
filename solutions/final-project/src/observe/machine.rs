//! How much of the machine the server may use: what is used means little without it.

use std::fs;
use std::path::Path;

use solution_4_processes::affinity::Share;

/// Where control groups of version 2 are mounted.
const MOUNT: &str = "/sys/fs/cgroup";

/// What there is for all processes of the server together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// Processors: those of the affinity mask, or less by a quota.
    pub processors: f64,
    /// Memory, in bytes: the machine's, or less by a limit; zero when nobody says.
    pub memory: u64,
}

impl Machine {
    /// Asks the kernel.
    #[must_use]
    pub fn of_this_process() -> Self {
        let processors = Share::of_this_process().map_or(1.0, |share| {
            let allowed = share.allowed.len() as f64;
            share.quota.map_or(allowed, |quota| quota.min(allowed))
        });
        let membership = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let limit = memory_limit(Path::new(MOUNT), &membership);
        let all = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
        let memory = limit.unwrap_or(u64::MAX).min(all.unwrap_or(u64::MAX));
        Self { processors, memory: if memory == u64::MAX { 0 } else { memory } }
    }
}

/// The smallest limit of the process's groups, below `mount`, for a process whose `/proc/self/cgroup` reads `membership`.
fn memory_limit(mount: &Path, membership: &str) -> Option<u64> {
    let group = membership.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let leaf = mount.join(group);
    let groups = leaf.ancestors().take_while(|group| group.starts_with(mount));
    // `max` is no number, and no limit.
    let limits = groups.filter_map(|group| {
        fs::read_to_string(group.join("memory.max")).ok()?.trim_end().parse::<u64>().ok()
    });
    limits.min()
}

/// `MemTotal` of proc_meminfo(5), which has it in kibibytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}
