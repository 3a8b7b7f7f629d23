//! Prometheus's text format, as far as the server uses it.

use std::collections::BTreeMap;

use super::{Answer, Server};

/// All series at one moment.
#[derive(Debug)]
pub(crate) struct Exposition(BTreeMap<Series, f64>);

/// A name, and labels in their order.
type Series = (String, BTreeMap<String, String>);

/// Asks for `/metrics` with these fields.
pub(crate) fn look(server: &Server, fields: &[&str]) -> Answer {
    look_at(server, "/metrics", fields)
}

/// The same, of what is at `path`.
pub(crate) fn look_at(server: &Server, path: &str, fields: &[&str]) -> Answer {
    let mut client = server.client();
    client.send(format!("GET {path} HTTP/1.1\r\n{}\r\n\r\n", fields.join("\r\n")).as_bytes());
    client.answer(false).expect("an answer")
}

impl Exposition {
    /// Asks the server.
    pub(crate) fn of(server: &Server) -> Self {
        Self::with(server, &["host: localhost"])
    }

    /// The same, with other fields.
    pub(crate) fn with(server: &Server, fields: &[&str]) -> Self {
        let answer = look(server, fields);
        assert_eq!(answer.status, 200);
        Self::parse(answer.text())
    }

    /// Each series once, each behind its type, each value a number.
    fn parse(text: &str) -> Self {
        let (mut all, mut typed) = (BTreeMap::new(), Vec::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                typed.push(name);
            } else if !line.starts_with("# HELP ") {
                let (series, value) = line.rsplit_once(' ').expect("a value");
                let series = parse(series);
                let of = |name: &str| {
                    ["", "_bucket", "_sum", "_count"]
                        .iter()
                        .any(|end| series.0 == format!("{name}{end}"))
                };
                assert!(typed.last().is_some_and(|name| of(name)), "{line} has no type");
                let before = all.insert(series, value.parse().expect("a number"));
                assert!(before.is_none(), "twice: {line}");
            }
        }
        Self(all)
    }

    /// The sum of all series of this name that have these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |its: &BTreeMap<String, String>| {
            labels.iter().all(|(name, value)| its.get(*name).is_some_and(|its| its == value))
        };
        self.0
            .iter()
            .filter(|((its, labels), _)| its == name && has(labels))
            .map(|(_, value)| value)
            .sum()
    }

    /// How many series there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// `name{label="value",…}`. No value here has a quote in it.
fn parse(series: &str) -> Series {
    let Some((name, labels)) = series.split_once('{') else {
        return (series.to_owned(), BTreeMap::new());
    };
    let labels = labels.strip_suffix('}').expect("an end").split("\",");
    let labels = labels.map(|pair| {
        let (label, value) = pair.split_once("=\"").expect("a label");
        (label.to_owned(), value.trim_end_matches('"').to_owned())
    });
    (name.to_owned(), labels.collect())
}
