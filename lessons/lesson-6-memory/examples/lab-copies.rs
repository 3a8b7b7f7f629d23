//! A file to a connection, by four ways: how many calls, how many bytes the processor copies, how many pages fault, and how
//! long it takes.

#[path = "ways/mod.rs"]
mod ways;

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use ways::{Line, WAYS};
use witness::counters::page_faults;
use witness::lab::{Column, Table, parameter, progress};

/// How often the ways are measured in turn; the median counts.
const ROUNDS: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let length = parameter("kib") as usize * 1024;
    let times = parameter("times") as usize;
    let mut file = tempfile::tempfile()?;
    file.write_all(&vec![b'x'; length])?;
    let mut line = Line::new()?;
    let mut measured = WAYS.map(|_| Vec::new());
    let mut counted = WAYS.map(|_| [0.0; 3]);
    for round in 0..ROUNDS {
        progress(round, ROUNDS);
        for (way, (_, _, send)) in WAYS.into_iter().enumerate() {
            let (mut calls, mut copied) = (0, 0);
            let (faults, begin) = (page_faults(), Instant::now());
            for _ in 0..times {
                send(&file, length, &mut line, &mut |_, bytes, copies| {
                    calls += 1;
                    copied += if copies { bytes } else { 0 };
                })?;
            }
            measured[way].push(begin.elapsed().as_secs_f64() / times as f64);
            let each = |count: f64| count / times as f64;
            let faults = (page_faults() - faults) as f64;
            counted[way] = [f64::from(calls), copied as f64 / 1024.0, faults].map(each);
        }
    }
    progress(ROUNDS, ROUNDS);
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("calls", "calls", "", 1),
        column("copied", "copied", "kB", 0),
        column("faults", "page faults", "", 1),
        column("time", "time", "µs", 1),
        column("percent", "in percent of the first way", "%", 0),
    ]);
    let medians = measured.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    for (((key, title, _), time), [calls, copied, faults]) in
        WAYS.into_iter().zip(medians).zip(counted)
    {
        let row = [calls, copied, faults, time * 1e6, 100.0 * time / medians[0]];
        table.row(key, title, &row.map(Some));
    }
    table.note("The file is in memory; the peer throws away what comes, on the same thread, and its time is in all rows.");
    table.print();
    Ok(())
}
