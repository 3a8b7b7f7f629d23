//! `{{#trace}}`: what a program saw, as a picture that can be played and as a list.
//!
//! A trace is recorded with `cargo xtask measure traces` and kept in `book/traces/`. What stands in the
//! page is whole without a script: the picture with every event, where it was recorded, and the events in
//! words. The script `book/theme/script/75-trace.js` adds a player; the live book puts another picture in
//! the old one's place, which [`render`] has made from a new recording.

mod picture;

use std::fmt::Write as _;

use xtask::trace::{Head, Recorded, span, time};
use xtask::workbook::{Lesson, Trace};

use crate::figure;
use crate::markup::{escape, sentence};
use crate::panel;
use crate::recorded::{is_date, origin};
use crate::sources::Sources;

/// The id of a trace, on every page and in the printed book.
#[must_use]
pub fn anchor(lesson: &Lesson, id: &str) -> String {
    format!("trace-{}-{id}", lesson.name())
}

/// The trace as HTML without an empty line, which would end it in Markdown. In `stage`, a figure, groups
/// light up while it plays.
///
/// # Errors
///
/// Nothing was recorded, it is no trace or another one's, or the figure does not fit.
pub fn html(
    sources: &Sources,
    lesson: &Lesson,
    trace: &Trace,
    stage: Option<&str>,
) -> Result<String, String> {
    let name = format!("{}/{}", lesson.name(), trace.id());
    let path = format!("book/traces/{name}.jsonl");
    let again = "record it with `cargo xtask measure traces`";
    let text = sources.read(&path).map_err(|error| format!("{error}; {again}"))?;
    let recorded = Recorded::parse(&text).map_err(|error| format!("`{path}`: {error}; {again}"))?;
    if recorded.head.title != trace.title {
        let title = &recorded.head.title;
        return Err(format!("`{path}` was recorded as `{title}`; {again}"));
    }
    let id = anchor(lesson, trace.id());
    let stage = match stage {
        Some(figure) => on_stage(sources, figure, &id, &recorded)?,
        None => String::new(),
    };
    let shown = shown(&recorded, &id).map_err(|error| format!("`{path}`: {error}; {again}"))?;
    let command = panel::command(&format!("cargo xtask trace {name}"));
    let parameters = panel::parameters(&trace.parameters);
    // Markdown takes it for HTML only when the element that it does not know stands on a line of its own.
    Ok(format!(
        "<workbook-figure class=\"trace\" id=\"{id}\" data-trace=\"{name}\">\n{stage}\
         <div class=\"shown\">{shown}</div>\
         <details class=\"run\"><summary>On your machine</summary>{command}{parameters}</details>\n\
         </workbook-figure>"
    ))
}

/// What is shown of a recording: the picture, its caption and the events in words. `jsonl` is what
/// `cargo xtask measure` keeps; ids begin with `id`.
///
/// # Errors
///
/// It is no trace.
pub fn render(jsonl: &str, id: &str) -> Result<String, String> {
    shown(&Recorded::parse(jsonl)?, id)
}

fn shown(recorded: &Recorded, id: &str) -> Result<String, String> {
    let Head { title, command, machine, date, parameters, .. } = &recorded.head;
    if !is_date(date) {
        return Err(format!("date `{date}` is not of the form `2026-11-23`"));
    }
    Ok(format!(
        "<figure class=\"drawing\"><div class=\"scroll\">{}</div><figcaption><strong>{}.</strong> Recorded with {}\
         </figcaption></figure><details class=\"events\"><summary>The same in words: {} events</summary>{}</details>",
        picture::svg(recorded, id)?,
        sentence(title),
        origin(command, machine, date, parameters),
        recorded.events.len(),
        list(recorded)
    ))
}

/// The figure in which the trace plays.
fn on_stage(
    sources: &Sources,
    figure: &str,
    id: &str,
    recorded: &Recorded,
) -> Result<String, String> {
    let (svg, stations) = figure::stations(sources, figure, &format!("{id}-stage"))?;
    if stations.is_empty() {
        return Err(format!("figure `{figure}` has no `data-at` (groups light up at such events)"));
    }
    let happens = |station: &str| {
        recorded.events.iter().any(|event| match station.split_once(':') {
            Some((lane, kind)) => event.lane == lane && event.kind == kind,
            None => event.kind == station,
        })
    };
    match stations.iter().find(|station| !happens(station)) {
        Some(station) => Err(format!(
            "figure `{figure}` waits for `{station}`, which does not happen in this trace"
        )),
        None => Ok(format!("<div class=\"stage drawing\"><div class=\"scroll\">{svg}</div></div>")),
    }
}

/// The events in words.
fn list(recorded: &Recorded) -> String {
    let mut out = String::from("<ol>");
    for (index, event) in recorded.events.iter().enumerate() {
        out.push_str("<li>");
        if let Some(pause) = recorded.pause_before(index) {
            let _ = write!(out, "<strong>{} later:</strong> ", unbroken(&span(pause)));
        }
        let _ = write!(
            out,
            "<span class=\"when\">{}</span> <span class=\"who\">{}:</span> {}",
            unbroken(&time(event.at)),
            escape(&event.who()),
            sentence(&event.text)
        );
        let levels = recorded.levels(event);
        if !levels.is_empty() {
            let _ = write!(out, " <span class=\"levels\">({})</span>", escape(&levels));
        }
        out.push_str("</li>");
    }
    out.push_str("</ol>");
    out
}

/// A number and its unit stay on one line.
fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}
