//! What a lab measured: a table of numbers, as `witness::lab` prints it and `book/recorded/` keeps it.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::paint::{FAINT, STRONG, paint};

/// A table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Table {
    /// What each number is.
    pub columns: Vec<Column>,
    /// What each was measured of.
    pub rows: Vec<Row>,
    /// A sentence that belongs below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One column.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Column {
    /// Its name in the book's sources.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// The unit, or nothing.
    pub unit: String,
    /// How many digits behind the point mean something.
    pub digits: usize,
}

/// One row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// Its name in the book's sources.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// A number for each column, by the column's name; absent where nothing could be measured.
    pub values: BTreeMap<String, Option<f64>>,
}

/// A table that the book keeps: with what made it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recorded {
    /// What to type to measure it again.
    pub command: String,
    /// Where it was measured.
    pub machine: Machine,
    /// When: `2026-11-23`.
    pub date: String,
    /// What the lab was given.
    pub parameters: BTreeMap<String, u64>,
    /// What came out.
    #[serde(flatten)]
    pub table: Table,
}

/// A machine, as far as it matters for a number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    /// As the processor calls itself.
    pub cpu: String,
    /// How many of them.
    pub cores: usize,
    /// Linux's version.
    pub kernel: String,
    /// Main memory.
    pub memory_gib: u64,
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} cores, Linux {}", self.cpu, self.cores, self.kernel)
    }
}

impl Table {
    /// One number.
    #[must_use]
    pub fn value(&self, row: &str, column: &str) -> Option<f64> {
        *self.rows.iter().find(|each| each.key == row)?.values.get(column)?
    }

    /// For the terminal.
    #[must_use]
    pub fn render(&self) -> String {
        let cells = |row: &Row| -> Vec<String> {
            self.columns.iter().map(|column| column.format(row)).collect()
        };
        let width = |text: &str| text.chars().count();
        let first = self.rows.iter().map(|row| width(&row.title)).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| {
                let body = self.rows.iter().map(|row| width(&cells(row)[index])).max();
                body.unwrap_or(0).max(width(&self.columns[index].title))
            })
            .collect();
        let mut text = " ".repeat(first);
        for (column, width) in self.columns.iter().zip(&widths) {
            let _ = write!(text, "  {:>width$}", column.title);
        }
        text = format!("{}\n", paint(STRONG, text));
        for row in &self.rows {
            let _ = write!(text, "{:<first$}", row.title);
            for (cell, width) in cells(row).iter().zip(&widths) {
                let _ = write!(text, "  {cell:>width$}");
            }
            text.push('\n');
        }
        if let Some(note) = &self.note {
            let _ = writeln!(text, "{}", paint(FAINT, note));
        }
        text
    }
}

impl Column {
    /// A row's number in this column, with its unit.
    #[must_use]
    pub fn format(&self, row: &Row) -> String {
        match row.values.get(&self.key).copied().flatten() {
            Some(value) => {
                let number = format!("{value:.*}", self.digits);
                // What rounds to nothing has no sign.
                let nothing = number.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
                let number = if nothing { number.trim_start_matches('-') } else { &number };
                format!("{number} {}", self.unit).trim_end().to_owned()
            }
            None => "n/a".to_owned(),
        }
    }
}

/// Digits with their thousands told apart: `65,536`.
#[must_use]
pub fn thousands(digits: &str) -> String {
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
