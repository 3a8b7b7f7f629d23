//! A chapter with everything that it asks for.

use std::collections::{BTreeMap, BTreeSet};

use xtask::workbook::{Exercise, Experiment, Lab, Lesson, Trace, Workbook};

use crate::directive::{self, Directive, Name, Wish};
use crate::layout::{Code, Layout};
use crate::markup::escape;
use crate::problem::Problem;
use crate::quiz::Quizzes;
use crate::recorded::Recorded;
use crate::sources::Sources;
use crate::{figure, include, panel, predict, quiz, suggest, trace};

/// A chapter as the author wrote it.
#[derive(Debug, Clone, Copy)]
pub struct Chapter<'a> {
    /// Below `book/src`, `lesson-1/frame.md`.
    pub path: &'a str,
    /// Its Markdown.
    pub text: &'a str,
}

impl Chapter<'_> {
    /// The file, from the workspace root.
    #[must_use]
    pub fn file(&self) -> String {
        format!("book/src/{}", self.path)
    }

    /// `../` as often as the page is deep.
    fn to_root(self) -> String {
        "../".repeat(self.path.matches('/').count())
    }
}

/// Which chapter shows which exercise, lab, trace, prediction and quiz, and which lessons have their table somewhere.
#[derive(Debug, Default)]
pub struct Shown {
    exercises: BTreeMap<String, String>,
    labs: BTreeMap<String, String>,
    predictions: BTreeMap<String, String>,
    quizzes: BTreeMap<String, String>,
    traces: BTreeMap<String, String>,
    lessons: BTreeSet<String>,
}

impl Shown {
    /// Reads what every chapter shows.
    pub fn of(chapters: &[Chapter<'_>], problems: &mut Vec<Problem>) -> Self {
        let mut shown = Self::default();
        for chapter in chapters {
            for directive in directive::find(chapter.text) {
                let (place, name) = match &directive.wish {
                    Ok(Wish::Exercise(name)) => (&mut shown.exercises, name),
                    Ok(Wish::Lab(name)) => (&mut shown.labs, name),
                    Ok(Wish::Predict(name)) => (&mut shown.predictions, name),
                    Ok(Wish::Quiz(name)) => (&mut shown.quizzes, name),
                    Ok(Wish::Trace { name, .. }) => (&mut shown.traces, name),
                    Ok(Wish::Lesson(lesson)) => {
                        shown.lessons.insert((*lesson).to_owned());
                        continue;
                    }
                    _ => continue,
                };
                if let Some(other) = place.insert(name.full.to_owned(), chapter.path.to_owned()) {
                    let message = format!(
                        "it is already shown by `{other}` (show it once, link to it elsewhere)"
                    );
                    problems.push(at(*chapter, &directive, &message));
                }
            }
        }
        shown
    }

    /// What there is and no chapter shows.
    pub fn missing(&self, workbook: &Workbook, quizzes: &Quizzes, problems: &mut Vec<Problem>) {
        let mut miss_in = |file: &str, what: &str, name: &str| {
            let message =
                format!("{what} `{name}` is in no chapter (show it with `{{{{#{what} {name}}}}}`)");
            problems.push(Problem::in_file(file, message));
        };
        for name in quizzes.names().filter(|name| !self.quizzes.contains_key(*name)) {
            miss_in(&quiz::file(name), "quiz", name);
        }
        let mut miss = |what: &str, name: &str| miss_in("lessons/workbook.toml", what, name);
        for lesson in &workbook.lessons {
            let name = lesson.name();
            if !self.lessons.contains(&name) {
                miss("lesson", &name);
            }
            for id in lesson.exercises.iter().map(Exercise::id) {
                let name = format!("{name}/{id}");
                if !self.exercises.contains_key(&name) {
                    miss("exercise", &name);
                }
            }
            let own = lesson.predictions.iter().map(|each| each.id.get_ref().as_str());
            let of_exercises = lesson.exercises.iter().filter(|each| each.predict.is_some());
            for id in own.chain(of_exercises.map(Exercise::id)) {
                let name = format!("{name}/{id}");
                if !self.predictions.contains_key(&name) {
                    miss("predict", &name);
                }
            }
            for id in lesson.labs.iter().map(Lab::id) {
                let name = format!("{name}/{id}");
                if !self.labs.contains_key(&name) {
                    miss("lab", &name);
                }
            }
            for id in lesson.traces.iter().map(Trace::id) {
                let name = format!("{name}/{id}");
                if !self.traces.contains_key(&name) {
                    miss("trace", &name);
                }
            }
        }
    }
}

/// What chapters are made from.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// Files.
    pub sources: &'a Sources,
    /// The table of contents.
    pub workbook: &'a Workbook,
    /// The questions.
    pub quizzes: &'a Quizzes,
    /// Who shows what.
    pub shown: &'a Shown,
}

/// A change of the chapter's text.
struct Edit {
    at: std::ops::Range<usize>,
    text: String,
}

/// The chapter's Markdown with every directive replaced; what cannot be is reported and left out.
pub fn expand(chapter: Chapter<'_>, material: Material<'_>, problems: &mut Vec<Problem>) -> String {
    let layout = Layout::of(chapter.text);
    let mut edits = Vec::new();
    for directive in directive::find(chapter.text) {
        let site =
            Site { chapter, directive: &directive, code: layout.code_at(directive.range.start) };
        let level = (layout.heading_before(directive.range.start) + 1).min(4);
        let edited = match directive.wish.clone() {
            Ok(wish) => site.edits(wish, material, level),
            Err(message) => Err(message),
        };
        match edited {
            Ok(more) => edits.extend(more),
            Err(message) => problems.push(at(chapter, &directive, &message)),
        }
    }
    // A directive that the author wants to show loses its backslash.
    let shown = chapter
        .text
        .match_indices("\\{{#")
        .map(|(at, _)| Edit { at: at..at + 1, text: String::new() });
    edits.extend(shown);
    apply(chapter.text, edits)
}

fn at(chapter: Chapter<'_>, directive: &Directive<'_>, message: &str) -> Problem {
    let line = chapter.text[..directive.range.start].matches('\n').count() + 1;
    Problem::at(chapter.file(), line, format!("{}: {message}", directive.text))
}

fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        out.push_str(&text[done..edit.at.start]);
        out.push_str(&edit.text);
        done = edit.at.end;
    }
    out.push_str(&text[done..]);
    out
}

/// A directive in its chapter.
struct Site<'a> {
    chapter: Chapter<'a>,
    directive: &'a Directive<'a>,
    code: Option<&'a Code>,
}

impl Site<'_> {
    fn edits(
        &self,
        wish: Wish<'_>,
        material: Material<'_>,
        level: u8,
    ) -> Result<Vec<Edit>, String> {
        let Material { sources, workbook, quizzes, shown } = material;
        let block = match wish {
            Wish::Include { path, anchor } => return self.include(sources, path, anchor),
            Wish::Value { table, row, column } => {
                find_part(workbook, table.lesson)?;
                let (value, text) = Recorded::read(sources, table)?.value(row, column)?;
                return Ok(vec![self.value(table, value, text)]);
            }
            Wish::Figure(name) => figure::html(sources, name)?,
            Wish::Exercise(name) => {
                let (lesson, exercise) = find_exercise(workbook, name)?;
                panel::exercise(&workbook.root, lesson, exercise, level)
            }
            Wish::Lab(name) => {
                let (lesson, lab) = find_lab(workbook, name)?;
                panel::lab(lesson, lab, level, &Recorded::read(sources, name)?)
            }
            Wish::Predict(name) => {
                let lesson = find_lesson(workbook, name.lesson)?;
                predict::html(sources, lesson, name)?
            }
            Wish::Next => predict::next(workbook),
            Wish::Trace { name, figure } => {
                let (lesson, trace) = find_trace(workbook, name)?;
                trace::html(sources, lesson, trace, figure)?
            }
            Wish::Measured(name) => {
                find_part(workbook, name.lesson)?;
                Recorded::read(sources, name)?.table()
            }
            Wish::Quiz(name) => quizzes.html(name.full)?,
            Wish::Lesson(name) => {
                let lesson = find_lesson(workbook, name)?;
                let page = |id: &str| shown.labs.get(&format!("{name}/{id}")).cloned();
                panel::lesson(lesson, &self.chapter.to_root(), page)
            }
            Wish::Coming => panel::coming(workbook),
        };
        self.alone()?;
        // Empty lines around it: it is a block of its own whatever stands above and below.
        Ok(vec![Edit { at: self.directive.range.clone(), text: format!("\n{block}\n") }])
    }

    fn line(&self) -> &str {
        let text = self.chapter.text;
        let start = text[..self.directive.range.start].rfind('\n').map_or(0, |at| at + 1);
        text[start..].lines().next().unwrap_or_default()
    }

    fn alone(&self) -> Result<(), String> {
        if self.code.is_some() {
            return Err("it stands in code (give it a line of its own outside; `\\{{#` shows it)"
                .to_owned());
        }
        if self.line().trim_end() != self.directive.text {
            return Err(
                "it does not stand alone (give it a line of its own, not indented)".to_owned()
            );
        }
        Ok(())
    }

    fn value(&self, table: Name<'_>, value: Option<f64>, text: String) -> Edit {
        let text = match (self.code, value) {
            (None, Some(value)) => {
                let (table, text) = (escape(table.full), escape(&text));
                format!(
                    "<data class=\"measured\" data-table=\"{table}\" value=\"{value}\">{text}</data>"
                )
            }
            _ => text,
        };
        Edit { at: self.directive.range.clone(), text }
    }

    fn include(
        &self,
        sources: &Sources,
        path: &str,
        anchor: Option<&str>,
    ) -> Result<Vec<Edit>, String> {
        let rule = "it stands in a fenced code block that names a language (```rust)";
        let code =
            self.code.filter(|code| code.info.as_deref().is_some_and(|info| !info.is_empty()));
        let code = code.ok_or_else(|| format!("it does not stand in a code block ({rule})"))?;
        let line = self.line();
        let prefix = line.split(self.directive.text).next().unwrap_or_default();
        if line.trim_end() != format!("{prefix}{}", self.directive.text)
            || prefix.contains(|c| !" \t>".contains(c))
        {
            return Err(format!("it does not stand alone on its line ({rule})"));
        }
        let included = include::lines(sources, path, anchor)?;
        let block = self.chapter.text[code.range.clone()].trim_start();
        let fence = &block[..block.len() - block.trim_start_matches(['`', '~']).len()];
        if included.lines().any(|line| line.trim_start().starts_with(fence)) {
            return Err(format!(
                "`{path}` would end the code block (open and close it with a longer fence)"
            ));
        }
        let text: Vec<_> = included
            .lines()
            .map(|line| {
                if line.is_empty() {
                    prefix.trim_end().to_owned()
                } else {
                    format!("{prefix}{line}")
                }
            })
            .collect();
        let text = text.join("\n");
        // The first line's prefix is there already.
        let text = text.strip_prefix(prefix).unwrap_or(&text).to_owned();
        let block_start = code.range.end - block.len();
        let info_end = block_start + block.lines().next().map_or(0, |line| line.trim_end().len());
        // The path travels in the info string to where the page is finished, which shows it as a
        // caption.
        let caption =
            Edit { at: info_end..info_end, text: format!(",path={}", shown(sources, path)) };
        Ok(vec![caption, Edit { at: self.directive.range.clone(), text }])
    }
}

/// The path that is shown. What stands in a reference stands in the reader's file, too, and that is the one to open.
fn shown(sources: &Sources, path: &str) -> String {
    let yours = path.strip_prefix("solutions/").map(|rest| format!("lessons/{rest}"));
    yours.filter(|path| sources.root().join(path).is_file()).unwrap_or_else(|| path.to_owned())
}

/// The preface measures things, too.
fn find_part(workbook: &Workbook, name: &str) -> Result<(), String> {
    if name == "preface" { Ok(()) } else { find_lesson(workbook, name).map(|_| ()) }
}

fn find_lesson<'a>(workbook: &'a Workbook, name: &str) -> Result<&'a Lesson, String> {
    workbook.lessons.iter().find(|lesson| lesson.name() == name).ok_or_else(|| {
        let known: Vec<_> = workbook.lessons.iter().map(Lesson::name).collect();
        format!(
            "there is no lesson `{name}` {}",
            suggest::choice(name, known.iter().map(String::as_str))
        )
    })
}

fn find_exercise<'a>(
    workbook: &'a Workbook,
    name: Name<'_>,
) -> Result<(&'a Lesson, &'a Exercise), String> {
    let lesson = find_lesson(workbook, name.lesson)?;
    let exercise = lesson.exercise(name.id).ok_or_else(|| {
        let known = lesson.exercises.iter().map(Exercise::id);
        format!(
            "there is no exercise `{}` in {} {}",
            name.id,
            name.lesson,
            suggest::choice(name.id, known)
        )
    })?;
    Ok((lesson, exercise))
}

fn find_lab<'a>(workbook: &'a Workbook, name: Name<'_>) -> Result<(&'a Lesson, &'a Lab), String> {
    let lesson = find_lesson(workbook, name.lesson)?;
    let lab = lesson.lab(name.id).ok_or_else(|| no_such("lab", &lesson.labs, name))?;
    Ok((lesson, lab))
}

fn find_trace<'a>(
    workbook: &'a Workbook,
    name: Name<'_>,
) -> Result<(&'a Lesson, &'a Trace), String> {
    let lesson = find_lesson(workbook, name.lesson)?;
    let trace = lesson.trace(name.id).ok_or_else(|| no_such("trace", &lesson.traces, name))?;
    Ok((lesson, trace))
}

fn no_such(what: &str, there_are: &[Experiment], name: Name<'_>) -> String {
    let choice = suggest::choice(name.id, there_are.iter().map(Experiment::id));
    format!("there is no {what} `{}` in {} {choice}", name.id, name.lesson)
}
