//! The picture of a trace: a sequence diagram with gauges.
//!
//! From left to right: number and time of an event, the lanes with its arrow or dot, its text, and a bar
//! for each gauge that was read. A long pause is a gap with its length. Every event is a group of its own,
//! so that a script can hide what has not happened yet; the looks come from the theme.

use std::fmt::Write as _;

use xtask::trace::{Cast, Event, Gauge, Lane, Recorded, span, time};

use crate::markup::{count, escape};

/// As wide as other figures.
const WIDTH: f64 = 860.0;

/// Where numbers end, and times.
const NUMBER_END: f64 = 22.0;
const TIME_END: f64 = 96.0;

/// Where the lanes begin.
const LANES: f64 = 108.0;

/// With more of them, no room is left for words.
const LANES_MAX: usize = 5;
const GAUGES_MAX: usize = 3;

/// The head of the lanes and gauges, above the first event.
const HEAD: f64 = 62.0;

/// A gauge: its number, and a full bar behind it.
const GAUGE: f64 = 72.0;
const GAUGE_NUMBER: f64 = 28.0;
const GAUGE_BAR: f64 = 38.0;

/// A line of text, and what an event has above and below.
const LINE: f64 = 16.0;
const ROW_MIN: f64 = 30.0;
const ROW_PAD: f64 = 12.0;

/// A gap, and what its length stands on.
const PAUSE: f64 = 48.0;
const PILL: f64 = 136.0;

/// How wide a character of text or of code is, on the wide side: fonts differ.
const TEXT_CHARACTER: f64 = 6.4;
const CODE_CHARACTER: f64 = 7.3;
const HEADING_CHARACTER: f64 = 7.4;

/// The `<svg>`; its ids begin with `id`.
///
/// # Errors
///
/// It does not fit into the width of a page.
pub(super) fn svg(recorded: &Recorded, id: &str) -> Result<String, String> {
    let Cast { lanes, gauges } = &recorded.head.cast;
    if lanes.len() > LANES_MAX || gauges.len() > GAUGES_MAX {
        return Err(format!("there is room for {LANES_MAX} lanes and {GAUGES_MAX} gauges"));
    }
    let mut picture = Picture::new(lanes, gauges, id);
    let letters = ((picture.lane_width - 12.0) / HEADING_CHARACTER) as usize;
    let wide = |lane: &&Lane| lane.name.split(' ').any(|word| word.chars().count() > letters);
    if let Some(lane) = lanes.iter().find(wide) {
        return Err(format!(
            "lane `{}` is too wide (words of at most {letters} letters)",
            lane.name
        ));
    }
    for (index, event) in recorded.events.iter().enumerate() {
        if let Some(pause) = recorded.pause_before(index) {
            picture.pause(pause);
        }
        picture.event(index, event);
    }
    Ok(picture.finish(recorded))
}

struct Picture<'a> {
    id: &'a str,
    lanes: &'a [Lane],
    gauges: &'a [Gauge],
    lane_width: f64,
    rows: String,
    /// The end of the last row.
    y: f64,
    /// From where to where the lanes are drawn through; between lie pauses.
    runs: Vec<(f64, f64)>,
}

impl<'a> Picture<'a> {
    fn new(lanes: &'a [Lane], gauges: &'a [Gauge], id: &'a str) -> Self {
        let lane_width = match lanes.len() {
            ..=2 => 120.0,
            3 => 96.0,
            4 => 86.0,
            more => 344.0 / more as f64,
        };
        let runs = vec![(HEAD, HEAD)];
        Self { id, lanes, gauges, lane_width, rows: String::new(), y: HEAD, runs }
    }

    /// The middle of a lane.
    fn lane(&self, name: &str) -> f64 {
        let position = self.lanes.iter().position(|lane| lane.name == name);
        LANES + (position.unwrap_or(0) as f64 + 0.5) * self.lane_width
    }

    fn lanes_end(&self) -> f64 {
        LANES + self.lanes.len() as f64 * self.lane_width
    }

    /// Where the gauge begins.
    fn gauge(&self, index: usize) -> f64 {
        WIDTH - (self.gauges.len() - index) as f64 * GAUGE
    }

    fn event(&mut self, index: usize, event: &Event) {
        let room = self.gauge(0) - self.lanes_end() - 18.0;
        let lines = wrapped(&event.text, room);
        let height = (lines.len() as f64 * LINE + ROW_PAD).max(ROW_MIN);
        let middle = self.y + height / 2.0;
        let class = if event.bad { "row lost" } else { "row" };
        let (lane, kind) = (escape(&event.lane), escape(&event.kind));
        let _ = write!(
            self.rows,
            "<g class=\"{class}\" data-lane=\"{lane}\" data-kind=\"{kind}\" data-at=\"{}\">\
             <rect class=\"now\" x=\"0\" y=\"{}\" width=\"{WIDTH}\" height=\"{height}\" rx=\"4\"/>",
            event.at, self.y
        );
        self.text(NUMBER_END, middle + 4.0, "nth", &(index + 1).to_string());
        self.text(TIME_END, middle + 4.0, "when", &time(event.at));
        self.mark(event, middle);
        let first = middle + 4.5 - (lines.len() - 1) as f64 * LINE / 2.0;
        for (position, line) in lines.iter().enumerate() {
            let (x, y) = (self.lanes_end() + 14.0, first + position as f64 * LINE);
            let _ = write!(self.rows, "<text class=\"says\" x=\"{x}\" y=\"{y}\">{line}</text>");
        }
        self.bars(event, middle);
        self.rows.push_str("</g>");
        self.y += height;
        if let Some(run) = self.runs.last_mut() {
            run.1 = self.y;
        }
    }

    fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let text = escape(text);
        let _ = write!(self.rows, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }

    /// An arrow between two lanes, or a dot on one.
    fn mark(&mut self, event: &Event, y: f64) {
        let from = self.lane(&event.lane);
        let Some(to) = &event.to else {
            let _ = write!(self.rows, "<circle class=\"dot\" cx=\"{from}\" cy=\"{y}\" r=\"5\"/>");
            return;
        };
        let kernel = |name: &str| self.lanes.iter().any(|lane| lane.name == name && lane.kernel);
        // From one side of the kernel to the other it goes over the network.
        let line = if kernel(&event.lane) && kernel(to) { "wire" } else { "edge" };
        let end = self.lane(to);
        let tip = end - 3.0 * (end - from).signum();
        let _ = write!(
            self.rows,
            "<circle class=\"tail\" cx=\"{from}\" cy=\"{y}\" r=\"2.5\"/>\
             <path class=\"{line}\" d=\"M{from} {y}H{tip}\" marker-end=\"url(#{}-head)\"/>",
            self.id
        );
    }

    /// A bar for each gauge that was read.
    fn bars(&mut self, event: &Event, middle: f64) {
        for (index, gauge) in self.gauges.iter().enumerate() {
            let Some(&level) = event.gauges.get(&gauge.key) else { continue };
            let x = self.gauge(index) + GAUGE_NUMBER;
            let (bar, y) = (x + 6.0, middle - 5.0);
            let full = (level as f64 / gauge.max as f64).min(1.0) * GAUGE_BAR;
            self.text(x, middle + 4.0, "level", &count(level));
            let _ = write!(
                self.rows,
                "<rect class=\"track\" x=\"{bar}\" y=\"{y}\" width=\"{GAUGE_BAR}\" height=\"10\" rx=\"2\"/>"
            );
            if level > 0 {
                let _ = write!(
                    self.rows,
                    "<rect class=\"filled\" x=\"{bar}\" y=\"{y}\" width=\"{full:.1}\" height=\"10\" rx=\"2\"/>"
                );
            }
        }
    }

    fn pause(&mut self, length: u64) {
        let middle = self.y + PAUSE / 2.0;
        let x = (LANES + self.lanes_end()) / 2.0;
        let _ = write!(
            self.rows,
            "<g class=\"pause\"><rect class=\"pill\" x=\"{}\" y=\"{}\" width=\"{PILL}\" height=\"26\" rx=\"13\"/>\
             <text class=\"length\" x=\"{x}\" y=\"{}\">{} pass</text></g>",
            x - PILL / 2.0,
            middle - 13.0,
            middle + 5.0,
            span(length)
        );
        self.y += PAUSE;
        self.runs.push((self.y, self.y));
    }

    /// The lanes and the heads, behind and above the rows.
    fn finish(self, recorded: &Recorded) -> String {
        let height = self.y + 6.0;
        let mut out = format!(
            "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-title\">\
             <title id=\"{id}-title\">{title}, drawn as a sequence of {events} events; below they are listed in words.</title>\
             <defs><marker id=\"{id}-head\" viewBox=\"0 0 8 8\" refX=\"6.5\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head\" d=\"M0 0.5L8 4L0 7.5Z\"/></marker></defs>",
            id = self.id,
            title = escape(&recorded.head.title),
            events = recorded.events.len()
        );
        for lane in self.lanes {
            self.column(&mut out, lane);
        }
        for (index, gauge) in self.gauges.iter().enumerate() {
            let unit =
                if gauge.unit.is_empty() { String::new() } else { format!(", {}", gauge.unit) };
            let x = self.gauge(index) + 6.0;
            heading(&mut out, "gauge", x, &format!("{}{unit}", gauge.title), GAUGE - 8.0);
        }
        out + &self.rows + "</svg>"
    }

    /// A lane with its name.
    fn column(&self, out: &mut String, lane: &Lane) {
        let x = self.lane(&lane.name);
        let (left, width) = (x - self.lane_width / 2.0 + 3.0, self.lane_width - 6.0);
        let side = if lane.kernel { "kernel" } else { "user" };
        let below = self.y - 4.0;
        let _ = write!(
            out,
            "<rect class=\"{side}\" x=\"{left}\" y=\"4\" width=\"{width}\" height=\"{below}\" rx=\"7\"/>"
        );
        heading(out, "lane", x, &lane.name, width - 6.0);
        for (position, (from, to)) in self.runs.iter().enumerate() {
            if position > 0 {
                let (gap, until) = (self.runs[position - 1].1, from);
                let _ = write!(out, "<path class=\"gap\" d=\"M{x} {gap}V{until}\"/>");
            }
            let _ = write!(out, "<path class=\"life\" d=\"M{x} {from}V{to}\"/>");
        }
    }
}

/// A name above a column, in as many lines as it needs.
fn heading(out: &mut String, class: &str, x: f64, text: &str, room: f64) {
    let lines = wrapped(text, room);
    let first = 33.0 - (lines.len() - 1) as f64 * 7.5;
    for (position, line) in lines.iter().enumerate() {
        let y = first + position as f64 * 15.0;
        let _ = write!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{line}</text>");
    }
}

/// The text in lines that fit into the room, as SVG; backticks mark code.
fn wrapped(text: &str, room: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0.0);
    let mut code = false;
    for word in text.split(' ') {
        let (mut markup, mut width) = (String::new(), 0.0);
        for (position, part) in word.split('`').enumerate() {
            code ^= position > 0;
            let part_width = if code { CODE_CHARACTER } else { TEXT_CHARACTER };
            width += part.chars().count() as f64 * part_width;
            match (code, escape(part)) {
                (_, part) if part.is_empty() => {}
                (true, part) => _ = write!(markup, "<tspan class=\"mono\">{part}</tspan>"),
                (false, part) => markup.push_str(&part),
            }
        }
        if !line.is_empty() && used + TEXT_CHARACTER + width > room {
            lines.push(std::mem::take(&mut line));
            used = 0.0;
        } else if !line.is_empty() {
            line.push(' ');
            used += TEXT_CHARACTER;
        }
        line.push_str(&markup);
        used += width;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_words_and_code_is_marked() {
        let lines = wrapped("the `write`, of 16 bytes returns <at once>", 120.0);
        assert_eq!(lines.len(), 3, "{lines:#?}");
        assert_eq!(lines[0], "the <tspan class=\"mono\">write</tspan>, of 16");
        assert_eq!(lines[2], "once&gt;");
    }

    #[test]
    fn a_word_that_does_not_fit_has_a_line_of_its_own() {
        assert_eq!(wrapped("a incomprehensibilities b", 40.0), ["a", "incomprehensibilities", "b"]);
    }
}
