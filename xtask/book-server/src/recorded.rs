//! What was measured when it was last recorded, by a lab or by the gates:
//! `book/recorded/lesson-1/nagle.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use xtask::table::{self, Column, Machine, Row};

use crate::directive::Name;
use crate::markup::{count, escape, number, sentence};
use crate::sources::Sources;
use crate::suggest;

/// A recorded table that can be shown: its keys are told apart and every number has its column.
#[derive(Debug)]
pub struct Recorded(table::Recorded);

impl Recorded {
    /// Reads a table.
    ///
    /// # Errors
    ///
    /// Nothing was recorded, or it is not in the form above.
    pub fn read(sources: &Sources, name: Name<'_>) -> Result<Self, String> {
        let path = format!("book/recorded/{}.json", name.full);
        let text = sources
            .read(&path)
            .map_err(|error| format!("{error}; record it with `cargo xtask measure`"))?;
        Self::parse(&text)
            .map_err(|rule| format!("`{path}`: {rule}; record it anew with `cargo xtask measure`"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let recorded: table::Recorded =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        let table::Table { columns, rows, .. } = &recorded.table;
        if rows.is_empty() || columns.is_empty() {
            return Err("the table has no rows or no columns".to_owned());
        }
        if columns.iter().any(|column| column.digits > 9) {
            return Err("a column has more than 9 digits".to_owned());
        }
        let names: BTreeSet<_> = columns.iter().map(|column| column.key.as_str()).collect();
        let row_names: BTreeSet<_> = rows.iter().map(|row| row.key.as_str()).collect();
        if names.len() < columns.len() || row_names.len() < rows.len() {
            return Err("two rows or two columns have the same key".to_owned());
        }
        for row in rows {
            if let Some(key) = row.values.keys().find(|key| !names.contains(key.as_str())) {
                return Err(format!(
                    "row `{}` has a value for `{key}`, which is no column",
                    row.key
                ));
            }
        }
        if !is_date(&recorded.date) {
            return Err(format!("date `{}` is not of the form `2026-11-23`", recorded.date));
        }
        Ok(Self(recorded))
    }

    /// The table with its caption, as HTML without an empty line.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::from(
            "<figure class=\"measured\"><div class=\"table-wrapper\"><table><thead><tr><td></td>",
        );
        for column in &self.0.table.columns {
            let unit = match column.unit.as_str() {
                "" => String::new(),
                unit => format!(" <span class=\"unit\">{}</span>", escape(unit)),
            };
            let _ = write!(
                out,
                "<th class=\"number\" scope=\"col\">{}{unit}</th>",
                sentence(&column.title)
            );
        }
        out.push_str("</tr></thead><tbody>");
        for row in &self.0.table.rows {
            let _ = write!(out, "<tr><th scope=\"row\">{}</th>", sentence(&row.title));
            for column in &self.0.table.columns {
                let _ = write!(out, "<td class=\"number\">{}</td>", escape(&shown(column, row)));
            }
            out.push_str("</tr>");
        }
        let _ = write!(
            out,
            "</tbody></table></div><figcaption>{}</figcaption></figure>",
            self.caption()
        );
        out
    }

    /// The whole of it, for the page's script.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(&self.0).expect("a table has string keys only")
    }

    fn caption(&self) -> String {
        let table::Recorded { command, machine, date, parameters, table } = &self.0;
        let mut out = format!("Measured with {}", origin(command, machine, date, parameters));
        if let Some(note) = &table.note {
            let _ = write!(out, " {}", sentence(note));
        }
        out
    }

    /// One cell: the plain number, and how it is written with its unit.
    ///
    /// # Errors
    ///
    /// The table has no such row or column.
    pub fn value(&self, row: &str, column: &str) -> Result<(Option<f64>, String), String> {
        let Some(found) = self.0.table.rows.iter().find(|found| found.key == row) else {
            let known = self.0.table.rows.iter().map(|row| row.key.as_str());
            return Err(format!("there is no row `{row}` {}", suggest::choice(row, known)));
        };
        let Some(column) = self.0.table.columns.iter().find(|found| found.key == column) else {
            let known = self.0.table.columns.iter().map(|column| column.key.as_str());
            return Err(format!(
                "there is no column `{column}` {}",
                suggest::choice(column, known)
            ));
        };
        let value = found.values.get(&column.key).copied().flatten();
        let text = match (value, column.unit.as_str()) {
            (None, _) | (Some(_), "") => shown(column, found),
            // `43.9 ms` stays on one line; `3×` has no space.
            (Some(_), unit @ "×") => format!("{}{unit}", shown(column, found)),
            (Some(_), unit) => format!("{}\u{a0}{unit}", shown(column, found)),
        };
        Ok((value, text))
    }
}

/// With which command, when and on what machine something was recorded.
#[must_use]
pub fn origin(
    command: &str,
    machine: &Machine,
    date: &str,
    parameters: &BTreeMap<String, u64>,
) -> String {
    let Machine { cpu, cores, kernel, memory_gib } = machine;
    let plural = if *cores == 1 { "" } else { "s" };
    let mut out = format!(
        "<code>{}</code> on <time datetime=\"{date}\">{date}</time>: {}, {} core{plural}, {} GiB, Linux {}",
        escape(command),
        escape(cpu),
        count(*cores as u64),
        count(*memory_gib),
        escape(kernel.strip_prefix("Linux ").unwrap_or(kernel)),
        date = escape(date),
    );
    for (name, value) in parameters {
        let _ = write!(out, ", {} {}", escape(name), count(*value));
    }
    out.push('.');
    out
}

fn shown(column: &Column, row: &Row) -> String {
    match row.values.get(&column.key).copied().flatten() {
        Some(value) => number(value, column.digits),
        None => "n/a".to_owned(),
    }
}

/// Whether a text has the form `2026-11-23`.
#[must_use]
pub fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    lengths == [4, 2, 2] && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAGLE: &str = r#"{"command": "cargo xtask lab lesson-1/nagle",
        "machine": {"cpu": "Sample <CPU>", "cores": 2, "kernel": "6.18", "memory_gib": 24},
        "date": "2026-11-23", "parameters": {"rounds": 1000},
        "columns": [{"key": "p50", "title": "p50", "unit": "ms", "digits": 1}, {"key": "n", "title": "exchanges", "unit": "", "digits": 0}],
        "rows": [{"key": "off", "title": "`TCP_NODELAY` off", "values": {"p50": 43.94, "n": 12000}},
                 {"key": "on", "title": "on", "values": {"p50": null, "n": 0}}],
        "note": "Loopback only."}"#;

    #[test]
    fn a_value_has_its_unit_and_digits() {
        let recorded = Recorded::parse(NAGLE).expect("the sample is well formed");
        assert_eq!(recorded.value("off", "p50"), Ok((Some(43.94), "43.9\u{a0}ms".to_owned())));
        assert_eq!(recorded.value("off", "n"), Ok((Some(12000.0), "12,000".to_owned())));
        assert_eq!(recorded.value("on", "p50"), Ok((None, "n/a".to_owned())));
        let error = recorded.value("of", "p50").expect_err("there is no such row");
        assert!(error.starts_with("there is no row `of` (did you mean `off`?"), "{error}");
        let error = recorded.value("off", "p99").expect_err("there is no such column");
        assert!(error.starts_with("there is no column `p99`"), "{error}");
    }

    #[test]
    fn a_table_tells_where_it_comes_from() {
        let table = Recorded::parse(NAGLE).expect("the sample is well formed").table();
        for part in [
            "<th class=\"number\" scope=\"col\">p50 <span class=\"unit\">ms</span></th>",
            "<th scope=\"row\"><code>TCP_NODELAY</code> off</th>",
            "<td class=\"number\">n/a</td>",
            "<code>cargo xtask lab lesson-1/nagle</code> on <time datetime=\"2026-11-23\">2026-11-23</time>",
            "Sample &lt;CPU&gt;, 2 cores, 24 GiB, Linux 6.18, rounds 1,000. Loopback only.",
        ] {
            assert!(table.contains(part), "{part} is not in {table}");
        }
    }

    #[test]
    fn a_table_that_is_not_one_is_refused() {
        for (from, to, rule) in [
            ("\"n\": 0", "\"m\": 0", "row `on` has a value for `m`, which is no column"),
            ("\"key\": \"on\"", "\"key\": \"off\"", "the same key"),
            ("2026-11-23\", \"par", "23.11.2026\", \"par", "date `23.11.2026`"),
            ("\"date\"", "\"day\"", "missing field `date`"),
            ("\"digits\": 1", "\"digits\": 10", "more than 9 digits"),
        ] {
            let text = NAGLE.replacen(from, to, 1);
            let error = Recorded::parse(&text).expect_err(rule);
            assert!(error.contains(rule), "{error}");
        }
    }
}
