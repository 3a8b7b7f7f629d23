//! What both loops say of a server that stands still for a second: the table of the book's chapter about load.
//!
//! `cargo bench -p load-tester --bench stall`. The worker is stopped (SIGSTOP) in the middle of a run of six seconds, and
//! goes on a second later.

#![forbid(unsafe_code)]

mod beside;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Signal, kill_process};
use xtask::machine;
use xtask::table::{Row, Table};

use beside::{Server, column, keep, number, percentile};

/// Requests a second in the open loop: few for the server.
const RATE: u64 = 2000;
const CONNECTIONS: &str = "10";
const SECONDS: &str = "6";

fn main() -> ExitCode {
    beside::main(stall)
}

fn stall() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    let rate = RATE.to_string();
    let rows = vec![
        stalled(&server, "closed", "closed loop", &[])?,
        stalled(&server, "open", "open loop", &["--rate", &rate])?,
    ];
    let columns = vec![
        column("answers", "requests", "", 0),
        column("p50", "p50", "ms", 2),
        column("p99", "p99", "ms", 2),
        column("p999", "p99.9", "ms", 2),
        column("max", "max", "ms", 0),
    ];
    let parameters = BTreeMap::from([("rate".to_owned(), RATE)]);
    keep("stall", machine::here(), parameters, Table { columns, rows, note: None })
}

fn stalled(server: &Server, key: &str, title: &str, more: &[&str]) -> Result<Row, Box<dyn Error>> {
    let worker = server.worker()?;
    let load = Command::new(env!("CARGO_BIN_EXE_load-tester"))
        .args([&server.url, "--json", "--warm-up", "500ms"])
        .args(["--connections", CONNECTIONS, "--duration", SECONDS])
        .args(more)
        .stdout(Stdio::piped())
        .spawn()?;
    sleep(Duration::from_secs(3));
    kill_process(worker, Signal::STOP)?;
    sleep(Duration::from_secs(1));
    kill_process(worker, Signal::CONT)?;
    let report = serde_json::from_slice(&load.wait_with_output()?.stdout)?;
    let values = [
        ("answers", number(&report, "answers")?),
        ("p50", percentile(&report, 50.0)?),
        ("p99", percentile(&report, 99.0)?),
        ("p999", percentile(&report, 99.9)?),
        ("max", number(&report, "max_ms")?),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), Some(value))).into();
    Ok(Row { key: key.to_owned(), title: title.to_owned(), values })
}
