//! This load tester beside `wrk`, in turn, on the same server: the table of the book's chapter about it.
//!
//! `cargo bench -p load-tester`. The server has the first processor to itself, the generators the last one, in slices
//! that alternate; each number is the median of its quotients over all pairs of slices.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitCode, Stdio};
use std::{env, fs};

use rustix::param::clock_ticks_per_second;
use rustix::thread::{CpuSet, sched_setaffinity};
use tempfile::TempDir;
use xtask::table::{Column, Recorded, Row, Table};
use xtask::{machine, write};

/// Pairs of slices for each number of connections.
const PAIRS: usize = 9;
/// How long each generator is at it.
const SECONDS: u64 = 2;
/// Numbers of connections.
const CONNECTIONS: [usize; 3] = [1, 64, 256];
/// What is compared: name and heading.
const COLUMNS: [(&str, &str); 4] = [
    ("rate", "requests a second"),
    ("processor", "processor a request"),
    ("p50", "p50"),
    ("p99", "p99"),
];

type Numbers = [f64; COLUMNS.len()];

fn main() -> ExitCode {
    // Cargo says `--bench` when it wants numbers; as a test, there is nothing to be checked.
    if !env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(4)
        }
    }
}

fn compare() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if Command::new("wrk").arg("--version").output().is_err() {
        return Err("this needs `wrk` (`apt-get install wrk`)".into());
    }
    let server = Server::start(&root)?;
    keep_to_the_last_processor()?;
    let mut rows = Vec::new();
    for connections in CONNECTIONS {
        let mut quotients: [Vec<f64>; COLUMNS.len()] = Default::default();
        for _ in 0..PAIRS {
            let (theirs, ours) = (wrk(&server.url, connections)?, own(&server.url, connections)?);
            for (column, (ours, theirs)) in quotients.iter_mut().zip(ours.iter().zip(theirs)) {
                column.push(ours / theirs);
            }
        }
        let names = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
        let values = names.zip(quotients.map(|column| Some(median(column)))).collect();
        let plural = if connections == 1 { "connection" } else { "connections" };
        let title = format!("{connections} {plural}");
        rows.push(Row { key: connections.to_string(), title, values });
    }
    let column = |(key, title): (&str, &str)| Column {
        key: key.to_owned(),
        title: title.to_owned(),
        unit: "×".to_owned(),
        digits: 2,
    };
    let recorded = Recorded {
        command: "cargo bench -p load-tester".to_owned(),
        machine: machine::here(),
        date: machine::today(),
        parameters: BTreeMap::from([("pairs".to_owned(), PAIRS as u64)]),
        table: Table { columns: COLUMNS.map(column).into(), rows, note: None },
    };
    println!("{}", recorded.table.render());
    let file = root.join("book/recorded/preface/load-tester.json");
    let text = serde_json::to_string_pretty(&recorded)? + "\n";
    write::atomically(&file, text.as_bytes())?;
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn keep_to_the_last_processor() -> rustix::io::Result<()> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut last = CpuSet::new();
    last.set(processors - 1);
    sched_setaffinity(None, &last)
}

/// The reference server with one worker, on the first processor; it ends with this.
struct Server {
    process: Child,
    url: String,
    _database: TempDir,
    /// Kept open, so that it may go on to speak.
    log: BufReader<ChildStderr>,
}

impl Server {
    fn start(root: &Path) -> Result<Self, Box<dyn Error>> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let build = ["build", "--release", "--quiet", "--package", "solution-final-project"];
        if !Command::new(cargo).current_dir(root).args(build).status()?.success() {
            return Err("the server does not build".into());
        }
        let database = tempfile::tempdir()?;
        let mut process = Command::new(root.join("target/release/api-server"))
            .args(["--listen", "127.0.0.1:0", "--workers", "1", "--profile", "bare"])
            .arg("--database")
            .arg(database.path().join("api.db"))
            .stderr(Stdio::piped())
            .spawn()?;
        let log = BufReader::new(process.stderr.take().ok_or("it has no standard error")?);
        let mut server = Self { process, url: String::new(), _database: database, log };
        let mut line = String::new();
        while server.url.is_empty() {
            line.clear();
            if server.log.read_line(&mut line)? == 0 {
                return Err("the server does not say where it listens".into());
            }
            if let Some((_, address)) = line.split_once("listening on ") {
                server.url = format!("http://{}/plaintext", address.trim());
            }
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
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

fn own(url: &str, connections: usize) -> Result<Numbers, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load-tester"));
    command.args([url, "--warm-up", "0", "--json", "--duration"]).arg(SECONDS.to_string());
    let (text, seconds) = timed(command.arg("--connections").arg(connections.to_string()))?;
    let report: serde_json::Value = serde_json::from_str(&text)?;
    let number = |value: &serde_json::Value| value.as_f64().ok_or("a number is missing");
    let percentile = |at: f64| -> Result<f64, Box<dyn Error>> {
        let all = report["percentiles"].as_array().ok_or("there are no percentiles")?;
        let found = all.iter().find(|each| each["percentile"] == at);
        Ok(number(&found.ok_or("a percentile is missing")?["ms"])?)
    };
    let answers = number(&report["answers"])?;
    Ok([number(&report["rate"])?, seconds / answers, percentile(50.0)?, percentile(99.0)?])
}

fn wrk(url: &str, connections: usize) -> Result<Numbers, Box<dyn Error>> {
    let mut command = Command::new("wrk");
    command.args(["-t1", "--latency", &format!("-c{connections}"), &format!("-d{SECONDS}s"), url]);
    let (text, seconds) = timed(&mut command)?;
    let behind = |name: &str| text.lines().find_map(|line| line.trim().strip_prefix(name));
    let latency = |name: &str| behind(name).and_then(|text| milliseconds(text.trim()));
    let answers = text.lines().find_map(|line| line.trim().split_once(" requests in"));
    let answers: f64 = answers.ok_or("`wrk` counts no requests")?.0.parse()?;
    let rate: f64 = behind("Requests/sec:").ok_or("`wrk` has no rate")?.trim().parse()?;
    let missing = "`wrk` has no latencies";
    let p50 = latency("50%").ok_or(missing)?;
    Ok([rate, seconds / answers, p50, latency("99%").ok_or(missing)?])
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
