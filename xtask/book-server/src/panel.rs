//! The panels and tables that come out of `workbook.toml`.
//!
//! A panel is plain HTML that reads well alone; the live book finds it by its `data-` attribute
//! and adds to it. Nothing here writes an empty line, which would end HTML in Markdown.

use std::fmt::Write as _;
use std::path::Path;

use xtask::starter;
use xtask::workbook::{Exercise, Gate, Kind, Lab, Lesson, Parameter, Workbook};

use crate::markup::{count, escape, sentence};
use crate::recorded::Recorded;

/// The id of an exercise's panel, on every page and in the printed book.
#[must_use]
pub fn exercise_anchor(lesson: &Lesson, id: &str) -> String {
    format!("exercise-{}-{id}", lesson.name())
}

/// The id of a lab's panel.
#[must_use]
pub fn lab_anchor(lesson: &Lesson, id: &str) -> String {
    format!("lab-{}-{id}", lesson.name())
}

/// An exercise: what to write, what judges it, hints.
#[must_use]
pub fn exercise(root: &Path, lesson: &Lesson, exercise: &Exercise, level: u8) -> String {
    let name = format!("{}/{}", lesson.name(), exercise.id());
    let anchor = exercise_anchor(lesson, exercise.id());
    let advice = exercise.gate.as_ref().map_or(String::new(), |gate| escape(&gate.advice));
    let mut out = format!(
        "<section class=\"exercise\" id=\"{anchor}\" data-exercise=\"{name}\" data-advice=\"{advice}\" aria-labelledby=\"{anchor}-title\">\
         <p class=\"kind\"><strong>Exercise</strong> <span>{}</span> <span>{}</span></p>\
         <h{level} id=\"{anchor}-title\">{}</h{level}><p class=\"about\">{}</p>",
        exercise.kind,
        minutes(exercise.minutes),
        sentence(&exercise.title),
        about(exercise.kind),
    );
    let files: Vec<_> = starter::files_to_write(root, lesson, exercise)
        .iter()
        .map(|file| format!("<code class=\"file\">{}</code>", path_of(lesson, file)))
        .collect();
    let tests = lesson.path().join("tests").join(format!("{}.rs", exercise.id()));
    let _ = write!(
        out,
        "<dl><div><dt>Write</dt><dd>{}</dd></div><div><dt>Tests</dt><dd><code class=\"file\">{}</code></dd></div>",
        files.join("<br>"),
        escape(&tests.to_string_lossy())
    );
    if let Some(gate) = &exercise.gate {
        let _ = write!(out, "<div><dt>Speed</dt><dd>{}</dd></div>", speed(gate));
    }
    out.push_str("</dl>");
    out.push_str(&command(&format!("cargo xtask check {name}")));
    for (position, hint) in exercise.hints.iter().enumerate() {
        let _ = write!(
            out,
            "<details class=\"hint\"><summary>Hint {} of {}</summary><p>{}</p></details>",
            position + 1,
            exercise.hints.len(),
            sentence(hint)
        );
    }
    out.push_str("</section>");
    out
}

/// A lab: the command, what can be varied, and what it measured when it was recorded.
#[must_use]
pub fn lab(lesson: &Lesson, lab: &Lab, level: u8, recorded: &Recorded) -> String {
    let name = format!("{}/{}", lesson.name(), lab.id());
    let anchor = lab_anchor(lesson, lab.id());
    let mut out = format!(
        "<section class=\"lab\" id=\"{anchor}\" data-lab=\"{name}\" aria-labelledby=\"{anchor}-title\">\
         <p class=\"kind\"><strong>Lab</strong> <span>runs on your machine</span></p>\
         <h{level} id=\"{anchor}-title\">{}</h{level}>",
        sentence(&lab.title)
    );
    out.push_str(&command(&format!("cargo xtask lab {name}")));
    out.push_str(&parameters(&lab.parameters));
    // Folded: who has seen the numbers cannot predict them any more.
    let _ = write!(
        out,
        "<details class=\"recorded\" data-draw=\"{}\" data-recorded=\"{}\"><summary>What we measured</summary>{}</details></section>",
        escape(lab.draw.as_ref().map_or("", |draw| draw.get_ref())),
        escape(&recorded.json()),
        recorded.table()
    );
    out
}

/// The tables of a lesson. `lab_page` says on which page a lab is, seen from the page that is
/// written.
#[must_use]
pub fn lesson(lesson: &Lesson, to_root: &str, lab_page: impl Fn(&str) -> Option<String>) -> String {
    let mut out = format!(
        "<div class=\"table-wrapper\"><table class=\"lesson\" data-lesson=\"{}\"><thead><tr><th scope=\"col\">\
         Exercise</th><th scope=\"col\">Kind</th><th class=\"number\" scope=\"col\">Minutes</th></tr></thead><tbody>",
        lesson.name()
    );
    for exercise in &lesson.exercises {
        let _ = write!(
            out,
            "<tr><td><a href=\"{to_root}{}/{}.md\">{}</a></td><td>{}</td><td class=\"number\">{}</td></tr>",
            lesson.name(),
            exercise.id(),
            sentence(&exercise.title),
            exercise.kind,
            exercise.minutes
        );
    }
    let total: u32 = lesson.exercises.iter().map(|exercise| exercise.minutes).sum();
    let _ = write!(
        out,
        "</tbody><tfoot><tr><td colspan=\"2\">Together</td><td class=\"number\">{total}</td></tr></tfoot></table></div>"
    );
    if lesson.labs.is_empty() {
        return out;
    }
    out.push_str(
        "<div class=\"table-wrapper\"><table class=\"lesson\"><thead><tr><th scope=\"col\">Lab</th>\
         <th scope=\"col\">Command</th></tr></thead><tbody>",
    );
    for lab in &lesson.labs {
        let title = match lab_page(lab.id()) {
            Some(page) => format!(
                "<a href=\"{to_root}{}#{}\">{}</a>",
                escape(&page),
                lab_anchor(lesson, lab.id()),
                sentence(&lab.title)
            ),
            None => sentence(&lab.title),
        };
        let _ = write!(
            out,
            "<tr><td>{title}</td><td><code>cargo xtask lab {}/{}</code></td></tr>",
            lesson.name(),
            lab.id()
        );
    }
    out.push_str("</tbody></table></div>");
    out
}

/// The lessons that are only announced.
#[must_use]
pub fn coming(workbook: &Workbook) -> String {
    let mut out = String::from("<ol class=\"coming\">");
    for lesson in &workbook.coming {
        let _ = write!(
            out,
            "<li value=\"{}\"><strong>{}</strong> <span>{}</span></li>",
            lesson.number,
            sentence(&lesson.title),
            sentence(&lesson.question)
        );
    }
    out.push_str("</ol>");
    out
}

fn path_of(lesson: &Lesson, file: &Path) -> String {
    escape(&lesson.path().join(file).to_string_lossy())
}

/// What can be varied, as a list; nothing when there is nothing.
pub(crate) fn parameters(parameters: &[Parameter]) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let mut out = String::from("<dl>");
    for Parameter { name, about, default, min, max } in parameters {
        let name = escape(name.get_ref());
        let _ = write!(
            out,
            "<div data-parameter=\"{name}\" data-default=\"{default}\" data-min=\"{min}\" data-max=\"{max}\">\
             <dt><code>--set {name}={default}</code></dt><dd>{}, from {} to {}</dd></div>",
            sentence(about),
            count(*min),
            count(*max)
        );
    }
    out.push_str("</dl>");
    out
}

/// Something to type.
pub(crate) fn command(line: &str) -> String {
    format!("<pre><code class=\"language-console\">$ {}</code></pre>", escape(line))
}

fn minutes(minutes: u32) -> String {
    let plural = if minutes == 1 { "" } else { "s" };
    format!("{minutes} minute{plural}")
}

/// What the reader finds in the file.
fn about(kind: Kind) -> &'static str {
    match kind {
        Kind::WarmUp => "The file compiles and runs, and has one bug.",
        Kind::FillIn => "Types, signatures and docs are given; the bodies are yours.",
        Kind::Predict => "Write a number down, then write what measures it.",
        Kind::BreakIt => "Write the test that rejects every wrong implementation.",
        Kind::Speed => "Make it fast: first the tests decide, then the benchmark.",
    }
}

fn speed(gate: &Gate) -> String {
    format!(
        "{}: a score of {:.2} passes, where 0 is the naive version and 1 the reference, and steps are factors",
        sentence(&gate.about),
        gate.bar.get_ref()
    )
}
