//! The server from outside: its processes, and what they have spent, read from `/proc` (see proc(5)).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

/// What processes have spent since they began.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// Processor time of user and kernel, in ticks; the kernel rounds each process down.
    ticks: u64,
    /// Times that a thread went to sleep.
    voluntary: u64,
    /// Times that a thread was put aside.
    involuntary: u64,
}

/// What a server spent while it was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Use {
    /// The ids of its processes, at the end.
    pub processes: Vec<u32>,
    /// Seconds of processor time.
    pub cpu_seconds: f64,
    /// The same for one answer, in microseconds.
    pub cpu_us_per_answer: f64,
    /// Context switches for one answer, of threads that went to sleep.
    pub voluntary_switches_per_answer: f64,
    /// And of threads that were put aside.
    pub involuntary_switches_per_answer: f64,
    /// Memory that belongs to it (pages shared by several processes are divided among them), in bytes, at the end.
    pub memory_bytes: u64,
}

/// A server's processes: those that were named or hold a listening socket, and all that these have started.
#[derive(Debug, Clone)]
pub struct Processes {
    roots: Vec<u32>,
}

impl Processes {
    /// Those with these ids.
    #[must_use]
    pub fn named(roots: Vec<u32>) -> Self {
        Self { roots }
    }

    /// Those that listen at an address of this machine; none when they belong to somebody else.
    #[must_use]
    pub fn listening(address: SocketAddr) -> Self {
        let inodes = listening_inodes(address);
        let holds = |pid: &u32| {
            let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
            descriptors.flatten().any(|descriptor| {
                let link = fs::read_link(descriptor.path()).unwrap_or_default();
                let link = link.to_string_lossy();
                let inode = link.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
                inode
                    .and_then(|inode| inode.parse().ok())
                    .is_some_and(|inode| inodes.contains(&inode))
            })
        };
        Self { roots: everybody().into_iter().filter(holds).collect() }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// The ids of all that live now.
    #[must_use]
    pub fn living(&self) -> Vec<u32> {
        let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for pid in everybody() {
            if let Some(parent) = stat(pid).and_then(|fields| fields.get(1)?.parse().ok()) {
                children.entry(parent).or_default().push(pid);
            }
        }
        let mut found = BTreeSet::new();
        let mut open: Vec<u32> =
            self.roots.iter().copied().filter(|pid| stat(*pid).is_some()).collect();
        while let Some(pid) = open.pop() {
            if found.insert(pid) {
                open.extend(children.get(&pid).into_iter().flatten());
            }
        }
        found.into_iter().collect()
    }

    /// What they have spent so far, each.
    #[must_use]
    pub fn spent(&self) -> BTreeMap<u32, Spent> {
        // Who there is, is found out first: it takes longer than to read what they have spent.
        let living = self.living();
        living.into_iter().filter_map(|pid| Some((pid, spent(pid)?))).collect()
    }
}

impl Use {
    /// What was spent between two readings, for so many answers. What a process spent that ended meanwhile is not known.
    #[must_use]
    pub fn between(
        before: &BTreeMap<u32, Spent>,
        after: &BTreeMap<u32, Spent>,
        answers: u64,
    ) -> Self {
        let mut sum = Spent::default();
        for (pid, spent) in after {
            let earlier = before.get(pid).copied().unwrap_or_default();
            sum.ticks += spent.ticks.saturating_sub(earlier.ticks);
            sum.voluntary += spent.voluntary.saturating_sub(earlier.voluntary);
            sum.involuntary += spent.involuntary.saturating_sub(earlier.involuntary);
        }
        let cpu_seconds = sum.ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
        let each = |sum: f64| if answers == 0 { 0.0 } else { sum / answers as f64 };
        Self {
            cpu_seconds,
            cpu_us_per_answer: each(cpu_seconds * 1e6),
            voluntary_switches_per_answer: each(sum.voluntary as f64),
            involuntary_switches_per_answer: each(sum.involuntary as f64),
            memory_bytes: after.keys().map(|pid| memory(*pid)).sum(),
            processes: after.keys().copied().collect(),
        }
    }
}

fn everybody() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The fields of `/proc/PID/stat` behind the program's name, which may hold anything: state, parent, …
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_ascii_whitespace().map(str::to_owned).collect())
}

fn spent(pid: u32) -> Option<Spent> {
    let fields = stat(pid)?;
    let field = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let mut spent = Spent { ticks: field(11)? + field(12)?, ..Spent::default() };
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    for thread in threads.flatten() {
        spent.voluntary += number(thread.path().join("status"), "voluntary_ctxt_switches:");
        spent.involuntary += number(thread.path().join("status"), "nonvoluntary_ctxt_switches:");
    }
    Some(spent)
}

/// The proportional share of memory; of somebody else's process, its resident memory.
fn memory(pid: u32) -> u64 {
    let share = number(PathBuf::from(format!("/proc/{pid}/smaps_rollup")), "Pss:");
    let kilobytes = match share {
        0 => number(PathBuf::from(format!("/proc/{pid}/status")), "VmRSS:"),
        share => share,
    };
    kilobytes * 1024
}

/// The number behind a name; 0 when there is none.
fn number(file: PathBuf, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The inodes of sockets that listen at this port.
fn listening_inodes(address: SocketAddr) -> BTreeSet<u64> {
    const LISTEN: &str = "0A";
    let mut inodes = BTreeSet::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = fs::read_to_string(table).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<_> = line.split_ascii_whitespace().collect();
            let [_, local, _, state, _, _, _, _, _, inode, ..] = fields[..] else { continue };
            let port =
                local.rsplit_once(':').and_then(|(_, port)| u16::from_str_radix(port, 16).ok());
            if state == LISTEN && port == Some(address.port()) {
                inodes.extend(inode.parse::<u64>());
            }
        }
    }
    inodes
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_process_that_listens_is_found_and_its_children_are_its() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let here = Processes::listening(listener.local_addr().expect("an address"));
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().expect("it starts");
        let living = here.living();
        assert!(living.contains(&std::process::id()) && living.contains(&child.id()), "{living:?}");
        drop(child.stdin.take());
        child.wait().expect("it is ours");
        assert!(!here.living().contains(&child.id()));
    }

    #[test]
    fn work_is_seen() {
        let here = Processes::named(vec![std::process::id()]);
        let before = here.spent();
        let begin = std::time::Instant::now();
        let mut sum = 0_u64;
        let used = loop {
            sum = (0..1_000_000).fold(sum, |sum, number| std::hint::black_box(sum ^ number));
            let used = Use::between(&before, &here.spent(), 2);
            if used.cpu_seconds > 0.0 {
                break used;
            }
            assert!(begin.elapsed().as_secs() < 20, "20 s of work are no work");
        };
        assert!((used.cpu_us_per_answer * 2.0 / 1e6 - used.cpu_seconds).abs() < 1e-9);
        assert!(used.memory_bytes > 100_000, "{used:?}");
    }
}
