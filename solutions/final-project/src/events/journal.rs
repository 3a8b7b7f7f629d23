//! A log on disk as the queue, where none is configured: a line of JSON for each event.
//!
//! It keeps the last events, as many as fit. Who wants to lose none configures a real queue.

use std::io::Write as _;
use std::path::PathBuf;

use super::queue::{Queue, QueueError};
use super::spool::Record;
use crate::rotating::Rotating;

/// The log. Another life of the same worker may write it, too.
#[derive(Debug)]
pub struct Journal {
    file: Rotating,
    /// What is written next; kept for its memory.
    lines: Vec<u8>,
}

impl Journal {
    /// At this path, of so many bytes.
    #[must_use]
    pub fn new(path: PathBuf, bytes: u64) -> Self {
        Self { file: Rotating::new(path, bytes).durable(), lines: Vec::new() }
    }
}

/// Without the formatter: this is most of what an event costs.
fn write_line(lines: &mut Vec<u8>, record: &Record) {
    let Record { spool, number, event } = record;
    let mut digits = itoa::Buffer::new();
    let mut put = |name: &str, number: u64| {
        lines.extend_from_slice(name.as_bytes());
        lines.extend_from_slice(digits.format(number).as_bytes());
    };
    // The id is one text: the spool's name would be a number beyond what JSON's readers can read.
    put("{\"id\":\"", *spool);
    put("-", *number);
    put("\",\"time\":", event.time);
    put(",\"user\":", event.user);
    put(",\"status\":", event.status.into());
    lines.extend_from_slice(b",\"access\":\"");
    lines.extend_from_slice(event.access.name().as_bytes());
    if let Some(trace) = event.trace {
        // Few have one.
        write!(lines, "\",\"traceparent\":\"{trace}").expect("a vector grows");
    }
    lines.extend_from_slice(b"\"}\n");
}

impl Queue for Journal {
    fn publish(&mut self, batch: &[Record]) -> Result<usize, QueueError> {
        self.lines.clear();
        for record in batch {
            write_line(&mut self.lines, record);
        }
        self.file.append(&self.lines).map_err(|error| QueueError(error.to_string()))?;
        Ok(batch.len())
    }

    fn sync(&mut self) -> Result<(), QueueError> {
        self.file.sync().map_err(|error| QueueError(error.to_string()))
    }
}
