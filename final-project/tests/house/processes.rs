//! What `/proc` says about the server's processes.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Signal, set_parent_process_death_signal};

/// The process will not outlive the thread that starts it, however that ends.
pub(crate) fn dies_with_us(command: &mut Command) {
    // SAFETY: between `fork` and `exec` this makes one system call, and touches no memory of the parent's.
    unsafe {
        command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::KILL))?));
    }
}

/// Also as a zombie.
pub(crate) fn exists(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

fn field(pid: u32, file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Whether the process has a handler for SIGUSR1, which would end it otherwise; or is gone.
pub(crate) fn takes_signals(pid: u32) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return true };
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Signals count from 1, and SIGUSR1 is 10.
    caught.is_none_or(|mask| mask & 1 << 9 != 0)
}

/// Stops the process, and returns when its first thread, which has the event loop, does nothing any more.
pub(crate) fn stop(pid: u32) {
    super::send(pid, Signal::STOP);
    super::until("the process stops", || {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process is there");
        text.rsplit_once(')').is_some_and(|(_, fields)| fields.trim_start().starts_with('T'))
    });
}

/// The processes that `parent` has started, those aside that have ended and are not waited for yet.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("/proc is mounted");
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut children: Vec<u32> = numbers.filter(|&pid| is_child(pid, parent)).collect();
    children.sort_unstable();
    children
}

fn is_child(pid: u32, parent: u32) -> bool {
    let Ok(text) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The name stands in parentheses, and may have any in it.
    let fields = text.rsplit_once(')').map(|(_, fields)| fields.split_whitespace());
    let mut fields = fields.into_iter().flatten();
    let (state, its_parent) = (fields.next(), fields.next());
    state != Some("Z") && its_parent.and_then(|pid| pid.parse().ok()) == Some(parent)
}

/// How much memory is the process's own, or its share of what it shares.
pub(crate) fn memory_kib(pid: u32) -> u64 {
    field(pid, "smaps_rollup", "Pss:").expect("the process is there")
}

/// From now on, [`peak_kib`] counts anew.
pub(crate) fn forget_peak(pid: u32) {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the process is ours");
}

/// The most memory that the process has had since (proc_pid_status(5): `VmHWM`).
pub(crate) fn peak_kib(pid: u32) -> u64 {
    field(pid, "status", "VmHWM:").expect("the process is there")
}

/// How long the process has run.
pub(crate) fn processor_time(pid: u32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process is there");
    let (_, fields) = text.rsplit_once(')').expect("a name in parentheses");
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: u64 =
        fields[11..13].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    Duration::from_secs(ticks)
        / u32::try_from(rustix::param::clock_ticks_per_second()).expect("a hundred")
}
