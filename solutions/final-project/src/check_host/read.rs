//! How it is on this machine: files below `/proc` and `/sys`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::settings::Settings;

/// What a worker wants to have, as it is set by default. A test compares.
pub const DESCRIPTORS: u64 = 10_356;

/// The machine.
#[derive(Debug)]
pub struct Host {
    root: PathBuf,
}

/// What something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What is judged.
    pub value: String,
    /// What is shown.
    pub shown: String,
}

/// Why it is not known what something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// There is no such thing here.
    Absent(String),
    /// It should be known.
    Unknown(String),
}

impl Host {
    /// The one whose files are below `root`.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// A file's content. `path` is absolute, on that machine.
    fn text(&self, path: &str) -> Result<String, Missing> {
        let below = self.root.join(path.trim_start_matches('/'));
        let text = fs::read_to_string(below).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Missing::Absent(format!("there is no {path}")),
            _ => Missing::Unknown(format!("cannot read {path}: {error}")),
        })?;
        Ok(text.trim_end().to_owned())
    }

    /// The same, of a file that every Linux has.
    fn needed(&self, path: &str) -> Result<String, Missing> {
        self.text(path).map_err(Missing::unknown)
    }

    /// The control groups of version 2 in which the process is, from the innermost to the outermost, as paths.
    fn groups(&self) -> Result<Vec<String>, Missing> {
        let membership = self.needed("/proc/self/cgroup")?;
        let v1 = |line: &&str| {
            line.split(':')
                .nth(1)
                .is_some_and(|all| all.split(',').any(|one| one == "cpu" || one == "memory"))
        };
        if membership.lines().any(|line| v1(&line)) {
            return Err(Missing::Unknown("control groups of version 1 are not looked at".into()));
        }
        let group = membership.lines().find_map(|line| line.strip_prefix("0::/"));
        let group = group.ok_or_else(|| Missing::Unknown("there are no control groups".into()))?;
        let mount = Path::new("/sys/fs/cgroup");
        let leaf = mount.join(group);
        let groups = leaf.ancestors().take_while(|group| group.starts_with(mount));
        Ok(groups.map(|group| group.to_string_lossy().into_owned()).collect())
    }
}

impl Missing {
    fn unknown(self) -> Self {
        match self {
            Self::Absent(why) | Self::Unknown(why) => Self::Unknown(why),
        }
    }
}

impl Found {
    fn new(value: impl ToString) -> Self {
        let value = value.to_string();
        Self { shown: value.clone(), value }
    }

    fn shown(value: impl ToString, shown: String) -> Self {
        Self { value: value.to_string(), shown }
    }
}

fn strange(what: &str, text: &str) -> Missing {
    Missing::Unknown(format!("{what} is `{text}`"))
}

fn path_of(name: &str) -> String {
    format!("/proc/sys/{}", name.replace('.', "/"))
}

/// A setting of the kernel (sysctl(8)).
pub(super) fn sysctl(host: &Host, name: &str) -> Result<Found, Missing> {
    host.needed(&path_of(name)).map(Found::new)
}

/// One that belongs to a part that may not be loaded.
pub(super) fn optional_sysctl(host: &Host, name: &str) -> Result<Found, Missing> {
    host.text(&path_of(name)).map(Found::new)
}

/// How many there are: the first and the last one is given.
pub(super) fn ports(host: &Host, name: &str) -> Result<Found, Missing> {
    let text = host.needed(&path_of(name))?;
    let ends: Option<Vec<u64>> = text.split_whitespace().map(|end| end.parse().ok()).collect();
    match ends.as_deref() {
        Some(&[first, last]) if first <= last => {
            let count = last - first + 1;
            Ok(Found::shown(count, format!("{count}, from {first} to {last}")))
        }
        _ => Err(strange(name, &text)),
    }
}

pub(super) fn kernel(host: &Host, _: &str) -> Result<Found, Missing> {
    host.needed("/proc/sys/kernel/osrelease").map(Found::new)
}

/// The smaller one of what the server sets and what the kernel allows.
pub(super) fn backlog(host: &Host, _: &str) -> Result<Found, Missing> {
    let name = "net.core.somaxconn";
    let text = host.needed(&path_of(name))?;
    let most: usize = text.parse().map_err(|_| strange(name, &text))?;
    Ok(Found::new(Settings::default().backlog.get().min(most)))
}

/// The hard limit (proc_pid_limits(5): name, soft, hard, unit, in columns).
pub(super) fn open_files(host: &Host, _: &str) -> Result<Found, Missing> {
    let text = host.needed("/proc/self/limits")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"));
    match line.and_then(|line| line.split_whitespace().nth(1)) {
        Some("unlimited") => Ok(Found::shown(u64::MAX, "unlimited".into())),
        Some(hard) => Ok(Found::new(hard)),
        None => Err(Missing::Unknown("/proc/self/limits has no `Max open files`".into())),
    }
}

/// In how many periods of a hundred the group used up its quota (`cpu.stat`, since it was made).
pub(super) fn throttled(host: &Host, _: &str) -> Result<Found, Missing> {
    for group in host.groups()? {
        let max = match host.text(&format!("{group}/cpu.max")) {
            Ok(max) if !max.starts_with("max") => max,
            // The outermost group has none.
            Ok(_) | Err(Missing::Absent(_)) => continue,
            Err(unknown) => return Err(unknown),
        };
        let stat = host.needed(&format!("{group}/cpu.stat"))?;
        let number = |name: &str| {
            let line = stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|number| number.parse::<u64>().ok())
        };
        let (Some(periods), Some(throttled)) = (number("nr_periods"), number("nr_throttled"))
        else {
            return Err(strange("cpu.stat", &stat));
        };
        // Rounded up: one of a thousand is not none.
        let share = (100 * throttled).div_ceil(periods.max(1));
        let shown = format!("`{max}` in {group}, used up in {throttled} of {periods} periods");
        return Ok(Found::shown(share, shown));
    }
    Err(Missing::Absent("no quota".into()))
}

/// In mebibytes: the machine's, or less by a limit.
pub(super) fn memory(host: &Host, _: &str) -> Result<Found, Missing> {
    let meminfo = host.needed("/proc/meminfo")?;
    let total =
        meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let total: u64 = total
        .and_then(|kibibytes| kibibytes.parse().ok())
        .ok_or_else(|| Missing::Unknown("/proc/meminfo has no `MemTotal`".into()))?;
    let mut least = (total / 1024, "the machine's".to_owned());
    for group in host.groups()? {
        match host.text(&format!("{group}/memory.max")) {
            Ok(max) if max == "max" => {}
            Ok(max) => {
                let bytes: u64 = max.parse().map_err(|_| strange("memory.max", &max))?;
                least = least.min((bytes >> 20, format!("the limit of {group}")));
            }
            Err(Missing::Absent(_)) => {}
            Err(unknown) => return Err(unknown),
        }
    }
    Ok(Found::shown(least.0, format!("{} MiB, {}", least.0, least.1)))
}

pub(super) fn clock_source(host: &Host, _: &str) -> Result<Found, Missing> {
    host.needed("/sys/devices/system/clocksource/clocksource0/current_clocksource").map(Found::new)
}

/// The word in brackets.
pub(super) fn huge_pages(host: &Host, _: &str) -> Result<Found, Missing> {
    let text = host.text("/sys/kernel/mm/transparent_hugepage/enabled")?;
    let chosen = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    chosen.map(|(chosen, _)| Found::new(chosen)).ok_or_else(|| strange("it", &text))
}

/// Of all processors; where they differ, all that there are.
pub(super) fn governor(host: &Host, _: &str) -> Result<Found, Missing> {
    const PROCESSORS: &str = "/sys/devices/system/cpu";
    let folder = host.root.join(PROCESSORS.trim_start_matches('/'));
    let entries = fs::read_dir(folder)
        .map_err(|error| Missing::Unknown(format!("cannot read {PROCESSORS}: {error}")))?;
    let mut governors = Vec::new();
    for name in entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
        let number = name.strip_prefix("cpu").map(str::parse::<u32>);
        if !matches!(number, Some(Ok(_))) {
            // Others are called `cpufreq`, `online`, and so on.
            continue;
        }
        match host.text(&format!("{PROCESSORS}/{name}/cpufreq/scaling_governor")) {
            Ok(governor) => governors.push(governor),
            Err(Missing::Absent(_)) => {}
            Err(unknown) => return Err(unknown),
        }
    }
    governors.sort_unstable();
    governors.dedup();
    if governors.is_empty() {
        return Err(Missing::Absent("none: the machine below decides, or nobody".into()));
    }
    Ok(Found::new(governors.join(", ")))
}
