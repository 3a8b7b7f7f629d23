//! One file of 128 KiB goes to a connection by four ways: each call into the kernel, what the processor has copied for it, and
//! which pages have faulted.

#[path = "ways/mod.rs"]
mod ways;

use std::error::Error;
use std::io::Write;

use ways::{Line, WAYS};
use witness::counters::page_faults;
use witness::trace::{Gauge, Recorder, kernel, program};

/// Two buffers full.
const LENGTH: usize = 128 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title, unit, max| Gauge { key, title, unit, max };
    let trace = Recorder::new(
        &[program("program"), kernel("kernel")],
        &[
            gauge("calls", "calls", "", 4),
            gauge("copied", "copied", "kB", 256),
            gauge("faults", "page faults", "", 40),
        ],
    );
    let mut file = tempfile::tempfile()?;
    file.write_all(&[b'x'; LENGTH])?;
    for (_, title, send) in WAYS {
        // Of each way its second file is shown: all have been warmed up by the first, as in a server that runs.
        let mut line = Line::new()?;
        send(&file, LENGTH, &mut line, &mut |_, _, _| ())?;
        empty(&mut line)?;
        trace.event("program", "begin").says(title);
        let (mut calls, mut copied) = (0, 0);
        let before = page_faults();
        send(&file, LENGTH, &mut line, &mut |name, bytes, copies| {
            calls += 1;
            copied += if copies { bytes as u64 >> 10 } else { 0 };
            let event = trace.event("kernel", name).to("program").gauge("calls", calls);
            let event = event.gauge("copied", copied).gauge("faults", page_faults() - before);
            event.says(match (bytes, copies) {
                (0, _) => "no byte has moved".to_owned(),
                (bytes, true) => format!("{} kB, copied", bytes >> 10),
                (bytes, false) => {
                    format!("{} kB, of which the connection has got the pages", bytes >> 10)
                }
            });
        })?;
        empty(&mut line)?;
    }
    Ok(trace.print()?)
}

/// Until nothing of the file is under way.
fn empty(line: &mut Line) -> Result<(), Box<dyn Error>> {
    let mut left = LENGTH;
    while left > 0 {
        left -= line.empty()?;
    }
    Ok(())
}
