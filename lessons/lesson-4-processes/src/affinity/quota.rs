//! The quota of a control group, version 2: the file `cpu.max` holds how many microseconds the
//! group may run in each period, and how long a period is.
//!
//! A group is inside of others, and each may have a quota: the smallest holds. (Version 1 is not
//! read: since 2022 no large distribution starts with it.)

use std::fs;
use std::path::{Path, PathBuf};

/// Where version 2 is mounted.
const MOUNT: &str = "/sys/fs/cgroup";

/// The smallest quota of the process's groups, in processors.
#[must_use]
pub fn of_this_process() -> Option<f64> {
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    smallest(Path::new(MOUNT), &membership)
}

/// As above, below `mount`, for a process whose `/proc/self/cgroup` reads `membership`.
#[must_use]
pub fn smallest(mount: &Path, membership: &str) -> Option<f64> {
    let group = membership.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let leaf = mount.join(group);
    let groups = leaf.ancestors().take_while(|group| group.starts_with(mount));
    let quotas = groups.filter_map(|group| parse(&fs::read_to_string(cpu_max(group)).ok()?));
    quotas.reduce(f64::min)
}

fn cpu_max(group: &Path) -> PathBuf {
    group.join("cpu.max")
}

/// The content of a `cpu.max`: `150000 100000` is 1.5 processors, `max 100000` no quota.
#[must_use]
pub fn parse(cpu_max: &str) -> Option<f64> {
    let (run, period) = cpu_max.trim_end().split_once(' ')?;
    let (run, period) = (run.parse::<u32>().ok()?, period.parse::<u32>().ok()?);
    (period > 0 && run > 0).then(|| f64::from(run) / f64::from(period))
}
