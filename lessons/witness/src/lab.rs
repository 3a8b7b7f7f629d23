//! How a lab reports what it measured: one table, as a line of JSON that the runner draws and the
//! book keeps.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

/// A table of numbers, a row for each thing that was measured.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<(String, String, Vec<Option<f64>>)>,
    note: Option<String>,
}

/// One column of a [`Table`].
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name in the book's sources.
    pub key: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// The unit of its numbers, or nothing.
    pub unit: &'static str,
    /// How many digits behind the point mean something.
    pub digits: u8,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new(), note: None }
    }

    /// Adds a row: its name in the book's sources, its heading, a number for each column.
    ///
    /// # Panics
    ///
    /// When there are more or fewer numbers than columns.
    pub fn row(&mut self, key: &str, title: &str, values: &[Option<f64>]) {
        assert_eq!(values.len(), self.columns.len(), "row `{key}` has a value for each column");
        self.rows.push((key.to_owned(), title.to_owned(), values.to_vec()));
    }

    /// A sentence that belongs below the table.
    pub fn note(&mut self, sentence: &str) {
        self.note = Some(sentence.to_owned());
    }

    /// Prints the table where the runner reads it: as the last line of the standard output.
    pub fn print(&self) {
        println!("{}", self.to_json());
    }

    fn to_json(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(Column::to_json).collect();
        let rows: Vec<_> = self.rows.iter().map(|row| self.row_to_json(row)).collect();
        let mut json =
            format!(r#"{{"columns":[{}],"rows":[{}]"#, columns.join(","), rows.join(","));
        if let Some(note) = &self.note {
            let _ = write!(json, r#","note":{}"#, quoted(note));
        }
        json + "}"
    }

    fn row_to_json(&self, (key, title, values): &(String, String, Vec<Option<f64>>)) -> String {
        let number = |value: &Option<f64>| match value {
            Some(value) if value.is_finite() => value.to_string(),
            _ => "null".to_owned(),
        };
        let values: Vec<_> = self
            .columns
            .iter()
            .zip(values)
            .map(|(column, value)| format!("{}:{}", quoted(column.key), number(value)))
            .collect();
        format!(
            r#"{{"key":{},"title":{},"values":{{{}}}}}"#,
            quoted(key),
            quoted(title),
            values.join(",")
        )
    }
}

impl Column {
    fn to_json(&self) -> String {
        let Self { key, title, unit, digits } = self;
        format!(
            r#"{{"key":{},"title":{},"unit":{},"digits":{digits}}}"#,
            quoted(key),
            quoted(title),
            quoted(unit)
        )
    }
}

/// A parameter that the runner gives a lab or a trace: `NAME=VALUE` on the command line, checked by the
/// runner against `workbook.toml`.
///
/// # Panics
///
/// When the parameter is not there or no number: labs and traces are started by the runner.
#[must_use]
pub fn parameter(name: &str) -> u64 {
    std::env::args()
        .find_map(|argument| argument.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
        .unwrap_or_else(|| {
            panic!(
                "parameter `{name}=NUMBER` is missing (start it with `cargo xtask lab` or `trace`)"
            )
        })
}

/// A lesson's server, for a lab that compares them.
#[derive(Debug, Clone)]
pub struct Rung {
    /// `lesson-2`
    pub name: String,
    /// The lesson's title.
    pub title: String,
    /// What to start, with an address as its argument.
    pub program: PathBuf,
}

/// The servers that the runner has built for a lab with `rungs = true`, in the order of the lessons.
#[must_use]
pub fn rungs() -> Vec<Rung> {
    let rung = |argument: String| {
        let mut parts = argument.strip_prefix("rung=")?.splitn(3, '=').map(str::to_owned);
        let (name, title) = (parts.next()?, parts.next()?);
        Some(Rung { name, title, program: parts.next()?.into() })
    };
    std::env::args().filter_map(rung).collect()
}

/// Says how far a lab is: a line for the live book, which draws it, or one that is written over in a terminal.
pub fn progress(done: usize, all: usize) {
    let mut stderr = std::io::stderr();
    let text = format!("progress: {done} of {all}");
    // Nobody may be listening; the lab goes on all the same.
    let _ = match (stderr.is_terminal(), done < all) {
        (true, true) => write!(stderr, "\r\x1b[2K{text}"),
        (true, false) => write!(stderr, "\r\x1b[2K"),
        (false, _) => writeln!(stderr, "{text}"),
    };
}

/// Text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    let mut json = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            control if control < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_one_line_of_json() {
        let mut table =
            Table::new(vec![Column { key: "p50", title: "p50", unit: "ms", digits: 1 }]);
        table.row("nagle", "\"Nagle\" on", &[Some(43.5)]);
        table.row("off", "off", &[None]);
        table.note("line\nbreak");
        assert_eq!(
            table.to_json(),
            r#"{"columns":[{"key":"p50","title":"p50","unit":"ms","digits":1}],"rows":["#
                .to_owned()
                + r#"{"key":"nagle","title":"\"Nagle\" on","values":{"p50":43.5}},"#
                + r#"{"key":"off","title":"off","values":{"p50":null}}],"note":"line\u000abreak"}"#
        );
    }
}
