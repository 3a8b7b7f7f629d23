//! `doctor`: what this machine has, what each lesson needs of it, and how much its times can be trusted now.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anstream::println;
use rustix::process::{Resource, getrlimit};

use super::Outcome;
use crate::check::rounds;
use crate::machine;
use crate::paint::{BAD, FAINT, GOOD, STRONG, UNSURE, paint};
use crate::workbook::{Lesson, Workbook};

/// How often the same work is timed.
const NOISE_ROUNDS: usize = 200;

struct Machine {
    cores: usize,
    quota: Option<f64>,
    open_files: u64,
    disk_mib: u64,
}

/// Measures and reports.
///
/// # Errors
///
/// None: what cannot be read is reported as unknown.
pub fn doctor(workbook: &Workbook) -> Outcome {
    let here = machine::here();
    let machine = Machine {
        cores: here.cores,
        quota: cgroup_quota(),
        open_files: getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX),
        disk_mib: free_mib(workbook),
    };
    println!("{}", paint(STRONG, "This machine"));
    line("processors", format!("{} ({})", machine.cores, here.cpu));
    let quota = machine.quota.map_or("none".to_owned(), |quota| format!("{quota:.2} processors"));
    line("cgroup quota", quota);
    line("memory", format!("{} GiB", here.memory_gib));
    line("kernel", format!("Linux {}", here.kernel));
    line("open files (ulimit -n)", machine.open_files);
    line("net.core.somaxconn", setting("net/core/somaxconn"));
    line("free disk here", format!("{} MiB", machine.disk_mib));
    line("clock source", read("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
    line("reading the clock", format!("{:.0} ns", clock_cost()));
    tools();
    noise();
    println!("\n{}", paint(STRONG, "The lessons"));
    let mut unmet = false;
    for lesson in &workbook.lessons {
        unmet |= !judge(lesson, &machine);
    }
    Ok(if unmet { 4 } else { 0 })
}

/// What the chapters use for looking around; nothing else needs it.
const TOOLS: [(&str, &str); 3] = [("curl", "curl"), ("nc", "netcat-openbsd"), ("ss", "iproute2")];

fn tools() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing = TOOLS.iter().filter(|(tool, _)| {
        !std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
    });
    let (tools, packages): (Vec<_>, Vec<_>) = missing.copied().unzip();
    let found = match tools.as_slice() {
        [] => "curl, nc and ss are there".to_owned(),
        _ => format!("missing: {} (`apt install {}`)", tools.join(", "), packages.join(" ")),
    };
    line("for looking around", found);
}

fn line(what: &str, value: impl std::fmt::Display) {
    println!("  {what:<24} {value}");
}

fn read(path: &str) -> String {
    fs::read_to_string(path).map_or("unknown".to_owned(), |text| text.trim().to_owned())
}

fn setting(name: &str) -> String {
    read(&format!("/proc/sys/{name}"))
}

/// The processors that the cgroup may use at a time: version 2's `cpu.max`, or version 1's two files.
fn cgroup_quota() -> Option<f64> {
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    for entry in membership.lines() {
        let mut parts = entry.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let (quota, period) = if controllers.is_empty() {
            let text = fs::read_to_string(format!("/sys/fs/cgroup{path}/cpu.max"));
            let Ok(text) = text else { continue };
            let (quota, period) = text.trim().split_once(' ')?;
            (quota.to_owned(), period.to_owned())
        } else if controllers.split(',').any(|controller| controller == "cpu") {
            let folder = format!("/sys/fs/cgroup/cpu{path}");
            let file = |name: &str| fs::read_to_string(format!("{folder}/{name}"));
            let (Ok(quota), Ok(period)) = (file("cpu.cfs_quota_us"), file("cpu.cfs_period_us"))
            else {
                continue;
            };
            (quota.trim().to_owned(), period.trim().to_owned())
        } else {
            continue;
        };
        // `max` and -1 stand for no limit.
        let quota = quota.parse::<f64>().ok().filter(|quota| *quota > 0.0);
        if let (Some(quota), Ok(period)) = (quota, period.parse::<f64>()) {
            return Some(quota / period);
        }
    }
    None
}

fn free_mib(workbook: &Workbook) -> u64 {
    rustix::fs::statvfs(&workbook.root).map_or(0, |disk| (disk.f_bavail * disk.f_frsize) >> 20)
}

/// Nanoseconds for one `Instant::now`.
fn clock_cost() -> f64 {
    const READINGS: u32 = 100_000;
    let begin = Instant::now();
    for _ in 0..READINGS {
        black_box(Instant::now());
    }
    begin.elapsed().as_nanos() as f64 / f64::from(READINGS)
}

/// Times the same work again and again: what differs is the machine's doing.
fn noise() {
    let mut times: Vec<f64> = (0..NOISE_ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            let mut sum = 0_u64;
            for number in 0..black_box(1_000_000_u64) {
                sum = sum.wrapping_mul(31).wrapping_add(number);
            }
            black_box(sum);
            begin.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    let median = rounds::median(times.clone());
    let at = |percent: usize| (times[times.len() * percent / 100] / median - 1.0) * 100.0;
    let (p75, p95) = (at(75), at(95));
    let (style, words) = match p75 {
        ..5.0 => (GOOD, "quiet: benchmarks will decide quickly"),
        5.0..20.0 => (UNSURE, "some noise: benchmarks may take a few rounds more"),
        _ => (BAD, "noisy now: benchmarks may not decide (close what else is running)"),
    };
    let each = Duration::from_secs_f64(median);
    line(
        "noise now",
        format!(
            "{} (of {NOISE_ROUNDS} times {each:.1?}: a quarter over +{p75:.0} %, one in 20 over +{p95:.0} %)",
            paint(style, words)
        ),
    );
}

fn judge(lesson: &Lesson, machine: &Machine) -> bool {
    let needs = &lesson.needs;
    let cores = machine.quota.unwrap_or(f64::INFINITY).min(machine.cores as f64);
    let lacking: Vec<String> = [
        (cores < needs.cores as f64)
            .then(|| format!("{} processors, there are {cores}", needs.cores)),
        (machine.open_files < needs.open_files).then(|| {
            let (needed, has) = (needs.open_files, machine.open_files);
            format!("{needed} open files, there are {has} (`ulimit -n {needed}`)")
        }),
        (machine.disk_mib < needs.disk_mib).then(|| {
            format!(
                "{} MiB of disk, there are {} (`cargo clean` frees some)",
                needs.disk_mib, machine.disk_mib
            )
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (mark, style) = if lacking.is_empty() { ("✓", GOOD) } else { ("✗", BAD) };
    let needed = format!(
        "needs {} processor(s), {} open files, {} MiB of disk",
        needs.cores, needs.open_files, needs.disk_mib
    );
    println!("  {} {}  {}", paint(style, mark), lesson.name(), paint(FAINT, needed));
    for need in &lacking {
        println!("      it lacks {need}");
    }
    lacking.is_empty()
}
