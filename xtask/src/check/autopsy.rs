//! What a hung process was doing: each thread's name, state and system call, read from `/proc` before the kill.

use std::fs;
use std::path::Path;

/// A line for each thread, and what they suggest together.
#[must_use]
pub fn of(pid: u32) -> Vec<String> {
    let process = Path::new("/proc").join(pid.to_string());
    let tasks: Vec<_> =
        fs::read_dir(process.join("task")).into_iter().flatten().flatten().collect();
    // The first thread is the test harness's, which waits for the test's.
    let harness = |task: &fs::DirEntry| tasks.len() > 1 && task.file_name() == *pid.to_string();
    let of_test = tasks.iter().filter(|task| !harness(task));
    let threads: Vec<_> = of_test.filter_map(|task| thread(&process, &task.path())).collect();
    let mut lines = counted(threads.iter().map(Thread::line));
    lines.extend(suggestion(&threads).map(str::to_owned));
    lines
}

/// Each line once, with how many threads it stands for.
fn counted(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for line in all {
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, count)) => *count += 1,
            None => lines.push((line, 1)),
        }
    }
    let written = |(line, count)| match count {
        1 => line,
        _ => format!("{line} ({count} threads alike)"),
    };
    lines.into_iter().map(written).collect()
}

struct Thread {
    name: String,
    doing: Doing,
}

enum Doing {
    /// On a processor, for so many seconds by now.
    Running(f64),
    /// In that system call, on that descriptor.
    Waiting(&'static str, Option<String>),
    /// In a state that `/proc` names by a letter.
    Other(String),
}

impl Thread {
    fn line(&self) -> String {
        let doing = match &self.doing {
            Doing::Running(seconds) => format!("runs on the processor, {seconds:.1} s by now"),
            Doing::Waiting(call, None) => format!("waits in {call}"),
            Doing::Waiting(call, Some(object)) => format!("waits in {call} on {object}"),
            Doing::Other(state) => format!("is in state {state}"),
        };
        format!("thread `{}` {doing}", self.name)
    }
}

fn thread(process: &Path, task: &Path) -> Option<Thread> {
    let stat = fs::read_to_string(task.join("stat")).ok()?;
    // The name stands in parentheses and may hold anything; the fields behind it are separated by spaces (proc(5)).
    let (head, fields) = stat.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
    let state = *fields.first()?;
    let doing = match (state, waiting_in(process, task)) {
        ("R", _) => Doing::Running((ticks(11)? + ticks(12)?) / 100.0),
        (_, Some((call, object))) => Doing::Waiting(call, object),
        (state, None) => Doing::Other(state.to_owned()),
    };
    Some(Thread { name, doing })
}

/// The system call that a sleeping thread is in, and what its descriptor is open on.
fn waiting_in(process: &Path, task: &Path) -> Option<(&'static str, Option<String>)> {
    let text = fs::read_to_string(task.join("syscall")).ok()?;
    let mut words = text.split_whitespace();
    let number: u32 = words.next()?.parse().ok()?;
    let first = u64::from_str_radix(words.next()?.trim_start_matches("0x"), 16).ok()?;
    let (call, takes_descriptor) = call(number)?;
    let object = takes_descriptor.then(|| object(process, first as u32)).flatten();
    Some((call, object))
}

/// System calls that wait, by number, and whether the first argument is a descriptor.
#[cfg(target_arch = "x86_64")]
fn call(number: u32) -> Option<(&'static str, bool)> {
    Some(match number {
        0 => ("read", true),
        1 => ("write", true),
        7 | 271 => ("poll", false),
        20 => ("writev", true),
        23 | 270 => ("select", false),
        35 | 230 => ("sleep", false),
        42 => ("connect", true),
        43 | 288 => ("accept", true),
        44 => ("send", true),
        45 => ("recv", true),
        61 | 247 => ("wait (for a child process)", false),
        202 => ("futex (a lock, a condition variable, a channel or a join)", false),
        232 | 281 => ("epoll_wait", true),
        _ => return None,
    })
}

/// System calls that wait, by number, and whether the first argument is a descriptor.
#[cfg(target_arch = "aarch64")]
fn call(number: u32) -> Option<(&'static str, bool)> {
    Some(match number {
        22 => ("epoll_wait", true),
        63 => ("read", true),
        64 => ("write", true),
        66 => ("writev", true),
        72 => ("select", false),
        73 => ("poll", false),
        98 => ("futex (a lock, a condition variable, a channel or a join)", false),
        101 | 115 => ("sleep", false),
        202 | 242 => ("accept", true),
        203 => ("connect", true),
        206 => ("send", true),
        207 => ("recv", true),
        95 | 260 => ("wait (for a child process)", false),
        _ => return None,
    })
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn call(_number: u32) -> Option<(&'static str, bool)> {
    None
}

/// What a descriptor is open on: a TCP socket's two ends and what lies in its buffers, or what the link says.
fn object(process: &Path, descriptor: u32) -> Option<String> {
    let link = fs::read_link(process.join("fd").join(descriptor.to_string())).ok()?;
    let link = link.to_string_lossy().into_owned();
    let inode = link.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
    Some(match inode.and_then(|inode| tcp_socket(process, inode)) {
        Some(socket) => socket,
        None => format!("descriptor {descriptor} ({link})"),
    })
}

fn tcp_socket(process: &Path, inode: &str) -> Option<String> {
    let table = ["net/tcp", "net/tcp6"].map(|name| fs::read_to_string(process.join(name)));
    let rows: Vec<_> = table.iter().flatten().flat_map(|text| text.lines()).collect();
    let fields: Vec<&str> = rows
        .iter()
        .map(|row| row.split_whitespace().collect::<Vec<_>>())
        .find(|fields| fields.get(9) == Some(&inode))?;
    let port = |address: &str| u16::from_str_radix(address.rsplit_once(':')?.1, 16).ok();
    let (local, remote) = (port(fields[1])?, port(fields[2])?);
    let (unsent, unread) = fields[4].split_once(':')?;
    let bytes = |text| u64::from_str_radix(text, 16).unwrap_or(0);
    if fields[3] == "0A" {
        return Some(format!("the listening TCP socket of port {local}"));
    }
    Some(format!(
        "the TCP socket {local}→{remote} ({} bytes to read, {} not acknowledged by its peer)",
        bytes(unread),
        bytes(unsent)
    ))
}

/// What the threads' states mean together, where that is clear.
fn suggestion(threads: &[Thread]) -> Option<&'static str> {
    let count = |beginnings: &[&str]| {
        let waits = |thread: &&Thread| match &thread.doing {
            Doing::Waiting(call, _) => beginnings.iter().any(|begin| call.starts_with(begin)),
            Doing::Running(_) | Doing::Other(_) => false,
        };
        threads.iter().filter(waits).count()
    };
    if threads.iter().any(|thread| matches!(thread.doing, Doing::Running(_))) {
        return Some(
            "a loop that does not end (is there one whose condition your code never changes?), or a very large copy",
        );
    }
    match (count(&["read", "recv"]), count(&["write", "send"]), count(&["futex"])) {
        (_, 2.., _) => Some("both sides write and nobody reads: their buffers are full"),
        (1.., 0, _) => Some(
            "a read waits for bytes that nobody will send, or for an end that nobody announces",
        ),
        (_, 1.., _) => Some("a write waits for room: the other side does not read"),
        (_, _, locks) if locks == threads.len() => {
            Some("every thread waits for another one: a deadlock, or a wake-up that was lost")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_are_alike_are_one_line() {
        let lines = ["a waits", "b runs", "a waits"].map(str::to_owned);
        assert_eq!(counted(lines.into_iter()), ["a waits (2 threads alike)", "b runs"]);
    }
}
