//! How a program reports what happened: lines of JSON that the runner keeps and the book draws.
//!
//! The first line names the lanes, which are those who do something, and the gauges, which are levels that
//! rise and fall. Each other line is an event, in the order in which they happened:
//!
//! ```json
//! {"at":1200,"lane":"client","to":"kernel","kind":"write","text":"write: 16 bytes","gauges":{"unread":0}}
//! ```
//!
//! Nothing in a trace is made up. An event is a call that the program made, a call that returned, or
//! something that it read from the kernel; its time is when that was. Tests compare lanes and kinds with
//! those of an earlier run: where two threads could be recorded in either order, the program lets one wait
//! for the other.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Mutex;
use std::time::Instant;

pub use crate::lab::parameter;
use crate::lab::quoted;

/// Somebody who does something: a column of the picture.
#[derive(Debug, Clone, Copy)]
pub struct Lane {
    /// As it stands above the column; events name it.
    pub name: &'static str,
    /// Whether it is the kernel, or a part of it.
    pub kernel: bool,
}

/// A lane of the program's own.
#[must_use]
pub const fn program(name: &'static str) -> Lane {
    Lane { name, kernel: false }
}

/// A lane of the kernel's.
#[must_use]
pub const fn kernel(name: &'static str) -> Lane {
    Lane { name, kernel: true }
}

/// A level that is read after events.
#[derive(Debug, Clone)]
pub struct Gauge {
    /// Its name in events.
    pub key: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// The unit of its numbers, or nothing.
    pub unit: &'static str,
    /// The level of a full bar.
    pub max: u64,
}

/// Takes down what happens.
#[derive(Debug)]
pub struct Recorder {
    lanes: Vec<Lane>,
    gauges: Vec<Gauge>,
    events: Mutex<Vec<Taken>>,
}

/// An event as it was taken down.
#[derive(Debug)]
struct Taken {
    at: Instant,
    lane: &'static str,
    to: Option<&'static str>,
    kind: &'static str,
    text: String,
    bad: bool,
    gauges: Vec<(&'static str, u64)>,
}

/// An event that happens now, and is taken down by [`Event::says`].
#[derive(Debug)]
#[must_use = "it is taken down by `says`"]
pub struct Event<'a> {
    recorder: &'a Recorder,
    taken: Taken,
}

impl Recorder {
    /// A recorder that has seen nothing. Its clock begins with the first event.
    #[must_use]
    pub fn new(lanes: &[Lane], gauges: &[Gauge]) -> Self {
        Self { lanes: lanes.to_vec(), gauges: gauges.to_vec(), events: Mutex::default() }
    }

    /// What `lane` does now. The kind is one word for it, the same in every run.
    ///
    /// # Panics
    ///
    /// When there is no such lane.
    pub fn event(&self, lane: &'static str, kind: &'static str) -> Event<'_> {
        let at = Instant::now();
        self.known(lane);
        let text = String::new();
        let taken = Taken { at, lane, to: None, kind, text, bad: false, gauges: Vec::new() };
        Event { recorder: self, taken }
    }

    /// Prints the trace where the runner reads it: on the standard output.
    ///
    /// # Errors
    ///
    /// What the standard output reports.
    ///
    /// # Panics
    ///
    /// When a thread has panicked while it took something down.
    pub fn print(&self) -> io::Result<()> {
        io::stdout().write_all(self.to_json().as_bytes())
    }

    fn known(&self, lane: &str) {
        assert!(self.lanes.iter().any(|known| known.name == lane), "lane `{lane}` is announced");
    }

    fn to_json(&self) -> String {
        let lanes = self.lanes.iter().map(|Lane { name, kernel }| {
            format!(r#"{{"name":{},"kernel":{kernel}}}"#, quoted(name))
        });
        let gauges = self.gauges.iter().map(|Gauge { key, title, unit, max }| {
            let (key, title, unit) = (quoted(key), quoted(title), quoted(unit));
            format!(r#"{{"key":{key},"title":{title},"unit":{unit},"max":{max}}}"#)
        });
        let (lanes, gauges) = (joined(lanes), joined(gauges));
        let mut json = format!("{{\"lanes\":[{lanes}],\"gauges\":[{gauges}]}}\n");
        let events = self.events.lock().expect("nobody panicked");
        for event in events.iter() {
            json += &event.to_json(events[0].at);
            json.push('\n');
        }
        json
    }
}

impl Event<'_> {
    /// It reaches from its lane to that one: a call, an answer, a segment.
    ///
    /// # Panics
    ///
    /// When there is no such lane.
    pub fn to(mut self, lane: &'static str) -> Self {
        self.recorder.known(lane);
        self.taken.to = Some(lane);
        self
    }

    /// It happens then: where a program has a clock of its own, which stands still until all wait.
    pub fn at(mut self, at: Instant) -> Self {
        self.taken.at = at;
        self
    }

    /// Something was lost or refused.
    pub fn bad(mut self) -> Self {
        self.taken.bad = true;
        self
    }

    /// The level of a gauge, read after the event.
    ///
    /// # Panics
    ///
    /// When there is no such gauge.
    pub fn gauge(mut self, key: &'static str, level: u64) -> Self {
        let known = self.recorder.gauges.iter().any(|gauge| gauge.key == key);
        assert!(known, "gauge `{key}` is announced");
        self.taken.gauges.push((key, level));
        self
    }

    /// Takes it down, with one short line for the reader; backticks mark code.
    ///
    /// # Panics
    ///
    /// When a later event was taken down before: then it is a matter of chance which comes first.
    pub fn says(mut self, text: impl Into<String>) {
        self.taken.text = text.into();
        let mut events = self.recorder.events.lock().expect("nobody panicked");
        let (at, kind) = (self.taken.at, self.taken.kind);
        let in_order = events.last().is_none_or(|last| last.at <= at);
        assert!(in_order, "`{kind}` is taken down after what came later");
        events.push(self.taken);
    }
}

impl Taken {
    fn to_json(&self, start: Instant) -> String {
        let mut json = format!(r#"{{"at":{},"#, (self.at - start).as_nanos());
        let _ = write!(json, r#""lane":{},"#, quoted(self.lane));
        if let Some(to) = self.to {
            let _ = write!(json, r#""to":{},"#, quoted(to));
        }
        let _ = write!(json, r#""kind":{},"text":{}"#, quoted(self.kind), quoted(&self.text));
        if self.bad {
            json += r#","bad":true"#;
        }
        let gauges = self.gauges.iter().map(|(key, level)| format!("{}:{level}", quoted(key)));
        let _ = write!(json, r#","gauges":{{{}}}}}"#, joined(gauges));
        json
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUE: Gauge = Gauge { key: "queue", title: "in \"line\"", unit: "B", max: 3 };

    fn recorder() -> Recorder {
        Recorder::new(&[program("client"), kernel("kernel")], &[QUEUE])
    }

    #[test]
    fn a_trace_is_a_line_for_what_there_is_and_a_line_for_each_event() {
        let recorder = recorder();
        recorder.event("client", "write").to("kernel").gauge("queue", 1).says("`write`:\n16 bytes");
        recorder.event("kernel", "dropped").bad().says("lost");
        let json = recorder.to_json();
        let lines: Vec<_> = json.lines().collect();
        let [header, first, second] = lines[..] else { panic!("three lines: {json}") };
        assert_eq!(
            header,
            r#"{"lanes":[{"name":"client","kernel":false},{"name":"kernel","kernel":true}],"#
                .to_owned()
                + r#""gauges":[{"key":"queue","title":"in \"line\"","unit":"B","max":3}]}"#
        );
        assert_eq!(
            first,
            r#"{"at":0,"lane":"client","to":"kernel","kind":"write","text":"`write`:\u000a16 bytes","gauges":{"queue":1}}"#
        );
        let (time, rest) = second.split_once(',').expect("it has more than a time");
        let time: u64 = time.strip_prefix("{\"at\":").and_then(|at| at.parse().ok()).expect(time);
        assert!(time > 0, "the clock runs");
        assert_eq!(
            rest,
            r#""lane":"kernel","kind":"dropped","text":"lost","bad":true,"gauges":{}}"#
        );
    }

    #[test]
    #[should_panic(expected = "lane `network` is announced")]
    fn a_lane_that_was_not_announced_is_refused() {
        recorder().event("client", "write").to("network").says("");
    }

    #[test]
    #[should_panic(expected = "gauge `unread` is announced")]
    fn a_gauge_that_was_not_announced_is_refused() {
        recorder().event("client", "write").gauge("unread", 1).says("");
    }

    #[test]
    #[should_panic(expected = "`write` is taken down after what came later")]
    fn an_order_that_is_a_matter_of_chance_is_refused() {
        let recorder = recorder();
        let early = recorder.event("client", "write");
        recorder.event("kernel", "segment").says("");
        early.says("");
    }
}
