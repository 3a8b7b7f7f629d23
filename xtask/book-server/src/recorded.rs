//! What was measured when it was last recorded, by a lab or by the gates:
//! `book/recorded/lesson-1/nagle.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;

use crate::directive::Name;
use crate::markup::{count, escape, number, sentence};
use crate::sources::Sources;
use crate::suggest;

/// A recorded table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// What was typed.
    command: String,
    machine: Machine,
    /// The day, `2026-11-23`.
    date: String,
    #[serde(default)]
    parameters: BTreeMap<String, u64>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// A sentence for the caption.
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    cpu: String,
    cores: u64,
    kernel: String,
    memory_gib: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    key: String,
    title: String,
    #[serde(default)]
    unit: String,
    /// Behind the decimal point.
    #[serde(default)]
    digits: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    key: String,
    title: String,
    /// By column; what could not be measured is null.
    values: BTreeMap<String, Option<f64>>,
}

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
        let recorded: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if recorded.rows.is_empty() || recorded.columns.is_empty() {
            return Err("the table has no rows or no columns".to_owned());
        }
        if recorded.columns.iter().any(|column| column.digits > 9) {
            return Err("a column has more than 9 digits".to_owned());
        }
        let columns: BTreeSet<_> =
            recorded.columns.iter().map(|column| column.key.as_str()).collect();
        let rows: BTreeSet<_> = recorded.rows.iter().map(|row| row.key.as_str()).collect();
        if columns.len() < recorded.columns.len() || rows.len() < recorded.rows.len() {
            return Err("two rows or two columns have the same key".to_owned());
        }
        for row in &recorded.rows {
            if !row.values.keys().map(String::as_str).eq(columns.iter().copied()) {
                return Err(format!("row `{}` does not have one value for every column", row.key));
            }
        }
        if !is_date(&recorded.date) {
            return Err(format!("date `{}` is not of the form `2026-11-23`", recorded.date));
        }
        Ok(recorded)
    }

    /// The table with its caption, as HTML without an empty line.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::from(
            "<figure class=\"measured\"><div class=\"table-wrapper\"><table><thead><tr><td></td>",
        );
        for column in &self.columns {
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
        for row in &self.rows {
            let _ = write!(out, "<tr><th scope=\"row\">{}</th>", sentence(&row.title));
            for column in &self.columns {
                let _ = write!(out, "<td class=\"number\">{}</td>", escape(&column.shown(row)));
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

    fn caption(&self) -> String {
        let Machine { cpu, cores, kernel, memory_gib } = &self.machine;
        let plural = if *cores == 1 { "" } else { "s" };
        let mut out = format!(
            "Measured with <code>{}</code> on <time datetime=\"{date}\">{date}</time>: {}, {} core{plural}, {} GiB, \
             Linux {}",
            escape(&self.command),
            escape(cpu),
            count(*cores),
            count(*memory_gib),
            escape(kernel.strip_prefix("Linux ").unwrap_or(kernel)),
            date = escape(&self.date),
        );
        for (name, value) in &self.parameters {
            let _ = write!(out, ", {} {}", escape(name), count(*value));
        }
        out.push('.');
        if let Some(note) = &self.note {
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
        let Some(found) = self.rows.iter().find(|found| found.key == row) else {
            let known = self.rows.iter().map(|row| row.key.as_str());
            return Err(format!("there is no row `{row}` {}", suggest::choice(row, known)));
        };
        let Some(column) = self.columns.iter().find(|found| found.key == column) else {
            let known = self.columns.iter().map(|column| column.key.as_str());
            return Err(format!(
                "there is no column `{column}` {}",
                suggest::choice(column, known)
            ));
        };
        let value = found.values.get(&column.key).copied().flatten();
        let text = match (value, column.unit.as_str()) {
            (None, _) | (Some(_), "") => column.shown(found),
            // `43.9 ms` stays on one line; `12%` and `3×` have no space.
            (Some(_), unit @ ("%" | "×")) => format!("{}{unit}", column.shown(found)),
            (Some(_), unit) => format!("{}\u{a0}{unit}", column.shown(found)),
        };
        Ok((value, text))
    }
}

impl Column {
    fn shown(&self, row: &Row) -> String {
        match row.values.get(&self.key).copied().flatten() {
            Some(value) => number(value, self.digits),
            None => "n/a".to_owned(),
        }
    }
}

fn is_date(text: &str) -> bool {
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
        "columns": [{"key": "p50", "title": "p50", "unit": "ms", "digits": 1}, {"key": "n", "title": "exchanges"}],
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
            ("\"n\": 0", "\"m\": 0", "row `on` does not have one value for every column"),
            ("\"key\": \"on\"", "\"key\": \"off\"", "the same key"),
            ("2026-11-23\", \"par", "23.11.2026\", \"par", "date `23.11.2026`"),
            ("\"note\"", "\"nota\"", "unknown field `nota`"),
            ("\"digits\": 1", "\"digits\": 10", "more than 9 digits"),
        ] {
            let text = NAGLE.replacen(from, to, 1);
            let error = Recorded::parse(&text).expect_err(rule);
            assert!(error.contains(rule), "{error}");
        }
    }
}
