//! What happened, event by event: as `witness::trace` prints it and `book/traces/` keeps it.
//!
//! Lines of JSON. The first says who does something (the lanes) and which levels are read (the gauges); in
//! a file that is kept, also what made it. Each other line is an [`Event`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};

use crate::paint::{BAD, FAINT, STRONG, UNSURE, paint};
use crate::table::Machine;

/// More events than this are no picture any more.
const EVENTS_MAX: usize = 500;

/// A pause that is shorter is none, however short the trace.
const PAUSE_MIN: u64 = 1_000_000;

/// Somebody who does something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// As events call it.
    pub name: String,
    /// Whether it is the kernel, or a part of it.
    pub kernel: bool,
}

/// A level that is read after events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gauge {
    /// As events call it.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// The unit of its numbers, or nothing.
    pub unit: String,
    /// The level of a full bar.
    pub max: u64,
}

/// Who does something, and what is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cast {
    /// From left to right.
    pub lanes: Vec<Lane>,
    /// From left to right.
    pub gauges: Vec<Gauge>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, in nanoseconds since the first event.
    pub at: u64,
    /// Who did it.
    pub lane: String,
    /// Whom it reached, if anybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// One word for it, the same in every run.
    pub kind: String,
    /// A short line for the reader, with the numbers of this run; backticks mark code.
    pub text: String,
    /// Whether something was lost or refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bad: bool,
    /// The levels that were read afterwards, by the gauges' keys.
    #[serde(default)]
    pub gauges: BTreeMap<String, u64>,
}

/// Where a trace comes from, and its cast: the first line of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    /// What it shows.
    pub title: String,
    /// What to type to record it again.
    pub command: String,
    /// Where it was recorded.
    pub machine: Machine,
    /// When: `2026-11-23`.
    pub date: String,
    /// What the program was given.
    pub parameters: BTreeMap<String, u64>,
    /// Who does something in it.
    #[serde(flatten)]
    pub cast: Cast,
}

/// A trace with what made it. Its events are in order and name what the cast has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recorded {
    /// Everything but the events.
    #[serde(flatten)]
    pub head: Head,
    /// What happened.
    pub events: Vec<Event>,
}

/// What a program printed.
///
/// # Errors
///
/// It is no trace; the sentence names the line.
pub fn printed(text: &str) -> Result<(Cast, Vec<Event>), String> {
    let (cast, events) = lines(text)?;
    checked(&cast, &events)?;
    Ok((cast, events))
}

fn lines<H: for<'a> Deserialize<'a>>(text: &str) -> Result<(H, Vec<Event>), String> {
    let mut lines = text.lines().enumerate();
    let wrong = |index: usize, error: &serde_json::Error| format!("line {}: {error}", index + 1);
    let (_, first) = lines.next().ok_or("it is empty")?;
    let head = serde_json::from_str(first).map_err(|error| wrong(0, &error))?;
    let event = |(index, line)| serde_json::from_str(line).map_err(|error| wrong(index, &error));
    Ok((head, lines.map(event).collect::<Result<_, _>>()?))
}

fn checked(cast: &Cast, events: &[Event]) -> Result<(), String> {
    let lanes: BTreeSet<_> = cast.lanes.iter().map(|lane| lane.name.as_str()).collect();
    let gauges: BTreeSet<_> = cast.gauges.iter().map(|gauge| gauge.key.as_str()).collect();
    if lanes.len() < cast.lanes.len() || gauges.len() < cast.gauges.len() {
        return Err("line 1: two lanes or two gauges have the same name".to_owned());
    }
    if let Some(gauge) = cast.gauges.iter().find(|gauge| gauge.max == 0) {
        return Err(format!("line 1: gauge `{}` has room for nothing", gauge.key));
    }
    if events.is_empty() || events.len() > EVENTS_MAX {
        return Err(format!("it has {} events (1 to {EVENTS_MAX})", events.len()));
    }
    let mut before = 0;
    for (index, event) in events.iter().enumerate() {
        let Event { at, lane, to, kind, text, gauges: levels, .. } = event;
        let known = |name: &String| lanes.contains(name.as_str());
        let unknown = |name: &String| format!("there is no lane `{name}`");
        let level = levels.keys().find(|key| !gauges.contains(key.as_str()));
        let wrong = if !known(lane) {
            Some(unknown(lane))
        } else if let Some(to) = to.as_ref().filter(|to| !known(to) || *to == lane) {
            Some(if to == lane { format!("`{lane}` to itself") } else { unknown(to) })
        } else if let Some(level) = level {
            Some(format!("there is no gauge `{level}`"))
        } else if *at < before || index == 0 && *at != 0 {
            Some(format!("time {at} (it begins with 0 and does not go back)"))
        } else if !plain(kind) {
            Some(format!("kind `{kind}` (lower-case letters and `-`)"))
        } else if text.is_empty() {
            Some("no text".to_owned())
        } else {
            None
        };
        if let Some(wrong) = wrong {
            return Err(format!("line {}: {wrong}", index + 2));
        }
        before = *at;
    }
    Ok(())
}

fn plain(kind: &str) -> bool {
    !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

impl Recorded {
    /// A trace that was kept.
    ///
    /// # Errors
    ///
    /// It is none; the sentence names the line.
    pub fn parse(jsonl: &str) -> Result<Self, String> {
        let (head, events) = lines::<Head>(jsonl)?;
        checked(&head.cast, &events)?;
        Ok(Self { head, events })
    }

    /// As it is kept.
    #[must_use]
    pub fn jsonl(&self) -> String {
        let json = |result: serde_json::Result<String>| result.expect("keys are strings") + "\n";
        let events = self.events.iter().map(|event| json(serde_json::to_string(event)));
        json(serde_json::to_string(&self.head)) + &events.collect::<String>()
    }

    /// The pause before an event, if it is a long one: a tenth of everything, in nanoseconds.
    #[must_use]
    pub fn pause_before(&self, index: usize) -> Option<u64> {
        let whole = self.events.last()?.at;
        let pause = self.events[index].at - self.events[index.checked_sub(1)?].at;
        (pause >= PAUSE_MIN && pause >= whole / 10).then_some(pause)
    }

    /// What an event's gauges read: `accept queue 3, unread 35 B`.
    #[must_use]
    pub fn levels(&self, event: &Event) -> String {
        let read = self.head.cast.gauges.iter().filter_map(|gauge| {
            let level = event.gauges.get(&gauge.key)?;
            Some(format!("{} {level} {}", gauge.title, gauge.unit).trim_end().to_owned())
        });
        read.collect::<Vec<_>>().join(", ")
    }

    /// For the terminal.
    #[must_use]
    pub fn render(&self) -> String {
        let width = |text: &str| text.chars().count();
        let who = self.events.iter().map(|event| width(&event.who())).max().unwrap_or(0);
        let what = self.events.iter().map(|event| width(&event.text)).max().unwrap_or(0);
        let mut text = format!("{}\n", paint(STRONG, &self.head.title));
        for (index, event) in self.events.iter().enumerate() {
            if let Some(pause) = self.pause_before(index) {
                let _ = writeln!(
                    text,
                    "{:>10}  {}",
                    "",
                    paint(UNSURE, format!("{} pass", span(pause)))
                );
            }
            let said = format!("{:<what$}", event.text);
            let said = if event.bad { paint(BAD, said) } else { said };
            let levels = paint(FAINT, self.levels(event));
            let _ =
                writeln!(text, "{:>10}  {:<who$}  {said}  {levels}", time(event.at), event.who());
        }
        text
    }

    /// Whether lanes, gauges, and the kinds and order of events are those of another run.
    ///
    /// # Errors
    ///
    /// They are not; the differences, as lines that went (`-`) and came (`+`).
    pub fn same_course(&self, now: &Self) -> Result<(), String> {
        let (before, after) = (self.course(), now.course());
        if before == after {
            return Ok(());
        }
        let mut text = String::from("it goes another way now");
        for change in TextDiff::from_lines(&before, &after).iter_all_changes() {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let _ = write!(text, "\n    {sign} {}", change.value().trim_end());
        }
        Err(text)
    }

    /// What does not depend on the run.
    fn course(&self) -> String {
        let Cast { lanes, gauges } = &self.head.cast;
        let lanes = lanes.iter().map(|lane| format!("lane {}\n", lane.name));
        let gauges = gauges.iter().map(|gauge| format!("gauge {}\n", gauge.key));
        let events = self.events.iter().map(|event| format!("{}: {}\n", event.who(), event.kind));
        lanes.chain(gauges).chain(events).collect()
    }
}

impl Event {
    /// `client → kernel`.
    #[must_use]
    pub fn who(&self) -> String {
        match &self.to {
            Some(to) => format!("{} → {to}", self.lane),
            None => self.lane.clone(),
        }
    }
}

/// A point in time, in nanoseconds since the first event: `1,030.5 ms` tells those a second later apart.
#[must_use]
pub fn time(nanoseconds: u64) -> String {
    match nanoseconds {
        0 => "0".to_owned(),
        1_000_000_000.. => {
            let tenths = nanoseconds / 100_000;
            let (thousands, rest) = (tenths / 10_000, tenths % 10_000);
            format!("{thousands},{:03}.{} ms", rest / 10, rest % 10)
        }
        _ => span(nanoseconds),
    }
}

/// A span of time in nanoseconds: `43.9 ms`.
#[must_use]
pub fn span(nanoseconds: u64) -> String {
    let ns = nanoseconds as f64;
    match nanoseconds {
        0..10_000 => format!("{:.1} µs", ns / 1e3),
        10_000..1_000_000 => format!("{:.0} µs", ns / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", ns / 1e6),
        _ => format!("{:.2} s", ns / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = r#"{"title":"A call","command":"cargo xtask trace 1/call","machine":{"cpu":"Sample","cores":2,"kernel":"6.18","memory_gib":24},"date":"2026-11-23","parameters":{},"lanes":[{"name":"client","kernel":false},{"name":"kernel","kernel":true}],"gauges":[{"key":"queue","title":"queue","unit":"B","max":3}]}
{"at":0,"lane":"client","to":"kernel","kind":"write","text":"a `write`","gauges":{"queue":2}}
{"at":44000000,"lane":"kernel","kind":"dropped","text":"lost","bad":true,"gauges":{}}
"#;

    fn recorded() -> Recorded {
        Recorded::parse(TRACE).expect("the sample is well formed")
    }

    #[test]
    fn what_is_kept_is_what_was_recorded() {
        assert_eq!(recorded().jsonl(), TRACE);
    }

    #[test]
    fn a_list_has_times_pauses_and_levels() {
        let text = anstream::adapter::strip_str(&recorded().render()).to_string();
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        let expected = [
            "A call",
            "         0  client → kernel  a `write`  queue 2 B",
            "            44.0 ms pass",
            "   44.0 ms  kernel           lost",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn times_are_short() {
        let times = [0, 400, 12_345, 43_940_000, 1_002_068_000].map(time);
        assert_eq!(times, ["0", "0.4 µs", "12 µs", "43.9 ms", "1,002.0 ms"]);
        assert_eq!(span(1_020_000_000), "1.02 s");
    }

    #[test]
    fn another_run_may_differ_in_times_numbers_and_words() {
        let mut other = recorded();
        other.events[1].at = 1;
        other.events[0].text = "another".to_owned();
        other.events[0].gauges.clear();
        assert_eq!(recorded().same_course(&other), Ok(()));
    }

    #[test]
    fn another_order_or_kind_is_shown_as_a_difference() {
        let mut other = recorded();
        other.events[1].kind = "kept".to_owned();
        let difference = recorded().same_course(&other).expect_err("another kind");
        let shown = "\n      client → kernel: write\n    - kernel: dropped\n    + kernel: kept";
        assert!(difference.ends_with(shown), "{difference}");
        other.events.swap(0, 1);
        assert!(recorded().same_course(&other).is_err());
        let mut other = recorded();
        other.head.cast.lanes.swap(0, 1);
        assert!(recorded().same_course(&other).is_err());
    }

    #[test]
    fn what_is_no_trace_is_refused_with_its_line() {
        for (from, to, rule) in [
            (
                "\"lane\":\"kernel\",\"kind\"",
                "\"lane\":\"network\",\"kind\"",
                "line 3: there is no lane `network`",
            ),
            ("\"to\":\"kernel\"", "\"to\":\"network\"", "line 2: there is no lane `network`"),
            ("\"to\":\"kernel\"", "\"to\":\"client\"", "line 2: `client` to itself"),
            ("{\"queue\":2}", "{\"line\":2}", "line 2: there is no gauge `line`"),
            ("\"at\":0", "\"at\":7", "line 2: time 7 (it begins with 0"),
            ("\"at\":44000000", "\"at\":-1", "line 3: invalid value"),
            ("\"kind\":\"dropped\"", "\"kind\":\"Dropped!\"", "line 3: kind `Dropped!`"),
            ("\"text\":\"lost\"", "\"text\":\"\"", "line 3: no text"),
            ("\"max\":3", "\"max\":0", "line 1: gauge `queue` has room for nothing"),
            ("\"name\":\"kernel\"", "\"name\":\"client\"", "line 1: two lanes or two gauges"),
            ("\"date\"", "\"day\"", "line 1: missing field `date`"),
            ("{\"at\":44000000", "no event", "line 3: expected ident"),
        ] {
            assert!(TRACE.contains(from), "{from}");
            let error = Recorded::parse(&TRACE.replacen(from, to, 1)).expect_err(rule);
            assert!(error.starts_with(rule), "{error} is not {rule}");
        }
        let head = TRACE.lines().next().expect("a first line");
        assert_eq!(Recorded::parse(head).expect_err("no events"), "it has 0 events (1 to 500)");
        assert_eq!(Recorded::parse("").expect_err("nothing"), "it is empty");
        let backwards = TRACE.replacen("{\"queue\":2}}\n", "{\"queue\":2}}\n{\"at\":9,\"lane\":\"client\",\"kind\":\"a\",\"text\":\"a\"}\n{\"at\":8,\"lane\":\"client\",\"kind\":\"a\",\"text\":\"a\"}\n", 1);
        let error = Recorded::parse(&backwards).expect_err("time goes back");
        assert!(error.starts_with("line 4: time 8 ("), "{error}");
    }
}
