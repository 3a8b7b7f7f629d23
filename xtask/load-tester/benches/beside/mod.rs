//! The server beside which generators are measured, and where the book keeps what they say.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitCode, Stdio};
use std::{env, fs};

use rustix::process::Pid;
use serde_json::Value;
use tempfile::TempDir;
use xtask::table::{Column, Machine, Recorded, Table};
use xtask::{machine, write};

/// Runs a benchmark when Cargo asks for numbers: with `--bench`. As a test, there is nothing to be checked.
pub(crate) fn main(measure: impl FnOnce() -> Result<(), Box<dyn Error>>) -> ExitCode {
    if !env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(4)
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn column(key: &str, title: &str, unit: &str, digits: usize) -> Column {
    let (key, title, unit) = (key.to_owned(), title.to_owned(), unit.to_owned());
    Column { key, title, unit, digits }
}

/// Prints a table and keeps it for the book.
pub(crate) fn keep(
    name: &str,
    machine: Machine,
    parameters: BTreeMap<String, u64>,
    table: Table,
) -> Result<(), Box<dyn Error>> {
    let command = format!("cargo bench -p load-tester --bench {}", env!("CARGO_CRATE_NAME"));
    let recorded = Recorded { command, machine, date: machine::today(), parameters, table };
    println!("{}", recorded.table.render());
    let text = serde_json::to_string_pretty(&recorded)? + "\n";
    let file = root().join(format!("book/recorded/preface/{name}.json"));
    Ok(write::atomically(&file, text.as_bytes())?)
}

/// A number of the load tester's report.
pub(crate) fn number(report: &Value, name: &str) -> Result<f64, Box<dyn Error>> {
    Ok(report[name].as_f64().ok_or_else(|| format!("`{name}` is missing"))?)
}

/// A percentile in milliseconds.
pub(crate) fn percentile(report: &Value, wanted: f64) -> Result<f64, Box<dyn Error>> {
    let all = report["percentiles"].as_array().ok_or("there are no percentiles")?;
    let found = all.iter().find(|each| each["percentile"] == wanted);
    number(found.ok_or_else(|| format!("percentile {wanted} is missing"))?, "ms")
}

/// The reference server with one worker, on the first processor; it ends with this.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
    _database: TempDir,
    /// Kept open, so that it may go on to speak.
    log: BufReader<ChildStderr>,
}

impl Server {
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let root = root();
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let build = ["build", "--release", "--quiet", "--package", "solution-final-project"];
        if !Command::new(cargo).current_dir(&root).args(build).status()?.success() {
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
        while !line.contains("is ready") {
            line.clear();
            if server.log.read_line(&mut line)? == 0 {
                return Err("the server does not start".into());
            }
            if let Some((_, address)) = line.split_once("listening on ") {
                server.url = format!("http://{}/plaintext", address.trim());
            }
        }
        Ok(server)
    }

    /// The process of its worker.
    pub(crate) fn worker(&self) -> Result<Pid, Box<dyn Error>> {
        let master = self.process.id();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        Ok(Pid::from_raw(children.trim().parse()?).ok_or("there is no worker")?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
