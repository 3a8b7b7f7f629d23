//! For people at a terminal.

use std::fmt::Write as _;

use xtask::paint::{BAD, FAINT, STRONG, UNSURE, paint};
use xtask::table::thousands;

use super::Report;

/// A latency with as many digits as anybody reads.
#[must_use]
pub fn duration(millis: f64) -> String {
    match millis {
        0.0 => "0".to_owned(),
        ..1.0 => format!("{:.0} µs", millis * 1e3),
        ..10.0 => format!("{millis:.2} ms"),
        ..1000.0 => format!("{millis:.1} ms"),
        _ => format!("{:.2} s", millis / 1e3),
    }
}

pub(super) fn count(number: u64) -> String {
    thousands(&number.to_string())
}

fn bytes(number: f64) -> String {
    match number {
        ..1e3 => format!("{number:.0} B"),
        ..1e6 => format!("{:.1} kB", number / 1e3),
        ..1e9 => format!("{:.1} MB", number / 1e6),
        _ => format!("{:.2} GB", number / 1e9),
    }
}

/// One screen.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut out = format!("{}\n{}\n\n", paint(STRONG, &report.url), paint(FAINT, &report.how));
    let rate = count(report.rate.round() as u64);
    let mut row = |name: &str, text: String| {
        let _ = writeln!(out, "{name:<11}{text}");
    };
    row("rate", format!("{} requests a second", paint(STRONG, rate)));
    let moved = bytes(report.bytes_rate);
    let answers = count(report.answers);
    row(
        "answers",
        format!("{answers} in {:.2} s, {moved} a second, each verified", report.seconds),
    );
    row("failures", failures(report));
    let mut latencies = String::new();
    for percentile in &report.percentiles {
        let _ = write!(latencies, "p{} {}   ", percentile.percentile, duration(percentile.ms));
    }
    row("latency", format!("{latencies}max {}", duration(report.max_ms)));
    if report.waited > 0 {
        let waited = count(report.waited);
        row(
            "",
            format!(
                "{waited} requests were due before a connection was free: their latency has the wait"
            ),
        );
    }
    if let Some(used) = &report.server {
        let processes = match used.processes.len() {
            1 => "1 process".to_owned(),
            many => format!("{many} processes"),
        };
        row(
            "server",
            format!(
                "{:.2} µs of processor a request ({:.2} s), {:.3} + {:.3} context switches, {processes}, {}",
                used.cpu_us_per_answer,
                used.cpu_seconds,
                used.voluntary_switches_per_answer,
                used.involuntary_switches_per_answer,
                bytes(used.memory_bytes as f64)
            ),
        );
    }
    let percent = report.generator * 100.0;
    row(
        "generator",
        match &report.generator_limit {
            None => format!("{percent:.0} % of a processor: not the limit"),
            Some(why) => {
                paint(UNSURE, format!("{why}: the generator was the limit, not the server"))
            }
        },
    );
    out
}

fn failures(report: &Report) -> String {
    let failures = &report.failures;
    let kinds = [
        ("could not connect", failures.connect),
        ("broken off", failures.broken),
        ("not in time", failures.timeout),
        ("another status", failures.status),
        ("another body", failures.body),
        ("no HTTP", failures.malformed),
        ("still open at the end", report.unanswered as u64),
    ];
    let there: Vec<String> = kinds
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(words, number)| format!("{} {words}", count(*number)))
        .collect();
    match there.is_empty() {
        true => "none".to_owned(),
        false => paint(BAD, there.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!([0, 999, 1000, 1234567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.0, 0.0123, 1.5, 43.94, 5012.0].map(duration),
            ["0", "12 µs", "1.50 ms", "43.9 ms", "5.01 s"]
        );
        assert_eq!([12.0, 1234.0, 9.9e6].map(bytes), ["12 B", "1.2 kB", "9.9 MB"]);
    }
}
