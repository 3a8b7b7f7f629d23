//! This load tester beside `wrk`, in turn, on the same server: the table of the book's chapter about it.
//!
//! `cargo bench -p load-tester --bench wrk`. The server has the first processor to itself, the generators the last one, in slices
//! that alternate; each number is the median of its quotients over all pairs of slices.

#![forbid(unsafe_code)]

mod beside;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::process::{Command, ExitCode};

use rustix::param::clock_ticks_per_second;
use rustix::thread::{CpuSet, sched_setaffinity};
use xtask::machine;
use xtask::table::{Row, Table};

use beside::{Server, column, keep, number, percentile};

/// Pairs of slices for each number of connections.
const PAIRS: usize = 9;
/// How long each generator is at it.
const SECONDS: u64 = 2;
/// Numbers of connections.
const CONNECTIONS: [usize; 3] = [1, 64, 256];
/// What is compared: name and heading.
const COMPARED: [(&str, &str); 4] = [
    ("rate", "requests a second"),
    ("processor", "processor a request"),
    ("p50", "p50"),
    ("p99", "p99"),
];

/// What a generator says of a slice.
struct Said {
    rate: f64,
    /// Seconds of its own, for a request.
    processor: f64,
    p50_ms: f64,
    p99_ms: f64,
    mean_ms: f64,
}

impl Said {
    fn compared(&self) -> [f64; COMPARED.len()] {
        [self.rate, self.processor, self.p50_ms, self.p99_ms]
    }

    /// Little's law: how many requests were under way, by the generator's own numbers.
    fn under_way(&self) -> f64 {
        self.rate * self.mean_ms / 1e3
    }
}

fn main() -> ExitCode {
    beside::main(compare)
}

fn compare() -> Result<(), Box<dyn Error>> {
    if Command::new("wrk").arg("--version").output().is_err() {
        return Err("this needs `wrk` (`apt-get install wrk`)".into());
    }
    let server = Server::start()?;
    // Before this process has only one processor left.
    let machine = machine::here();
    keep_to_the_last_processor()?;
    let rows = CONNECTIONS.iter().map(|&connections| row(&server.url, connections));
    let rows = rows.collect::<Result<_, _>>()?;
    let mut columns: Vec<_> =
        COMPARED.iter().map(|(key, title)| column(key, title, "×", 2)).collect();
    columns.push(column("theirs", "under way, says wrk", "", 1));
    columns.push(column("ours", "says this one", "", 1));
    let parameters = BTreeMap::from([("pairs".to_owned(), PAIRS as u64)]);
    keep("load-tester", machine, parameters, Table { columns, rows, note: None })
}

fn row(url: &str, connections: usize) -> Result<Row, Box<dyn Error>> {
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        pairs.push((wrk(url, connections)?, own(url, connections)?));
    }
    let quotient = |index: usize| {
        median(pairs.iter().map(|(theirs, ours)| ours.compared()[index] / theirs.compared()[index]))
    };
    let compared = COMPARED.iter().enumerate();
    let mut values: BTreeMap<_, _> =
        compared.map(|(index, (key, _))| ((*key).to_owned(), Some(quotient(index)))).collect();
    let theirs = median(pairs.iter().map(|(theirs, _)| theirs.under_way()));
    let ours = median(pairs.iter().map(|(_, ours)| ours.under_way()));
    values.extend([("theirs".to_owned(), Some(theirs)), ("ours".to_owned(), Some(ours))]);
    let plural = if connections == 1 { "connection" } else { "connections" };
    Ok(Row { key: connections.to_string(), title: format!("{connections} {plural}"), values })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn keep_to_the_last_processor() -> rustix::io::Result<()> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut last = CpuSet::new();
    last.set(processors - 1);
    sched_setaffinity(None, &last)
}

/// Runs a generator, and returns what it printed and its processor time in seconds.
fn timed(command: &mut Command) -> Result<(String, f64), Box<dyn Error>> {
    let before = children_ticks()?;
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let seconds = (children_ticks()? - before) as f64 / clock_ticks_per_second() as f64;
    Ok((String::from_utf8(output.stdout)?, seconds))
}

/// The processor time of all processes that have been waited for.
fn children_ticks() -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(')').ok_or("there is no name")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    Ok(fields[13].parse::<u64>()? + fields[14].parse::<u64>()?)
}

fn own(url: &str, connections: usize) -> Result<Said, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load-tester"));
    command.args([url, "--warm-up", "0", "--json", "--duration"]).arg(SECONDS.to_string());
    let (text, seconds) = timed(command.arg("--connections").arg(connections.to_string()))?;
    let report = serde_json::from_str(&text)?;
    Ok(Said {
        rate: number(&report, "rate")?,
        processor: seconds / number(&report, "answers")?,
        p50_ms: percentile(&report, 50.0)?,
        p99_ms: percentile(&report, 99.0)?,
        mean_ms: number(&report, "mean_ms")?,
    })
}

fn wrk(url: &str, connections: usize) -> Result<Said, Box<dyn Error>> {
    let mut command = Command::new("wrk");
    command.args(["-t1", "--latency", &format!("-c{connections}"), &format!("-d{SECONDS}s"), url]);
    let (text, seconds) = timed(&mut command)?;
    let behind = |name: &str| text.lines().find_map(|line| line.trim().strip_prefix(name));
    let latency = |name: &str| -> Result<f64, Box<dyn Error>> {
        let first = behind(name).and_then(|text| text.split_whitespace().next());
        Ok(first.and_then(milliseconds).ok_or_else(|| format!("`wrk` has no `{name}`"))?)
    };
    let answers = text.lines().find_map(|line| line.trim().split_once(" requests in"));
    let answers: f64 = answers.ok_or("`wrk` counts no requests")?.0.parse()?;
    Ok(Said {
        rate: behind("Requests/sec:").ok_or("`wrk` has no rate")?.trim().parse()?,
        processor: seconds / answers,
        p50_ms: latency("50%")?,
        p99_ms: latency("99%")?,
        // Behind the line `Latency Distribution` there is nothing.
        mean_ms: latency("Latency  ")?,
    })
}

fn milliseconds(text: &str) -> Option<f64> {
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
    let factor = match unit {
        "us" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        _ => return None,
    };
    Some(number * factor)
}
