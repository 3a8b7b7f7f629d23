//! What this machine is.

use std::fs;

use crate::table::Machine;

/// This machine, for the caption of a measurement.
#[must_use]
pub fn here() -> Machine {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = memory.lines().find_map(|line| {
        line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok()
    });
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    Machine {
        cpu: cpu.map_or("unknown", |(_, model)| model).to_owned(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        // The third number and what a distribution appends say little about a measurement.
        kernel: release.splitn(3, '.').take(2).collect::<Vec<_>>().join("."),
        memory_gib: (kib.unwrap_or(0.0) / 1024.0 / 1024.0).round() as u64,
    }
}

/// Today in Greenwich, as `2026-11-23`: the civil date of a count of days (Hinnant, "chrono-compatible low-level date
/// algorithms").
#[must_use]
pub fn today() -> String {
    let days = (crate::state::now() / 86_400) as i64 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
