//! What TOML's types cannot say about a quiz.

use toml::Spanned;

use super::written::{self, Step};
use super::{Choice, FOLDER, Kind, PROGRAM_COLUMNS_MAX, Program, Question, Quiz, Text, file};
use crate::directive::plain;
use crate::markup::{inline, printed};
use crate::problem::Problem;
use crate::sources::Sources;

/// More options nobody weighs against each other.
const OPTIONS_MAX: usize = 8;

/// A longer program is read, not predicted.
const PROGRAM_LINES_MAX: usize = 30;

/// The quiz that a file holds, or what is wrong with it.
pub(super) fn quiz(
    sources: &Sources,
    name: &str,
    text: &str,
    problems: &mut Vec<Problem>,
) -> Option<Quiz> {
    let mut page = Page { sources, file: file(name), text, problems, whole: true };
    let written: written::Quiz = match toml::from_str(text) {
        Ok(written) => written,
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            page.wrong(start, error.message());
            return None;
        }
    };
    if written.questions.is_empty() {
        page.wrong(0, "it has no question (write a `[[question]]`)");
    }
    let mut questions: Vec<Question> = Vec::new();
    for written in written.questions {
        let (id, start) = (written.id.get_ref().clone(), written.id.span().start);
        if !plain(&id) {
            page.wrong(
                start,
                &format!("id `{id}` is not allowed (lower-case letters, digits, `-` and `_`)"),
            );
        }
        if questions.iter().any(|other| other.id == id) {
            page.wrong(start, &format!("question `{id}` stands here twice (ids are unique)"));
        }
        questions.push(page.question(written));
    }
    page.whole.then(|| Quiz { name: name.to_owned(), questions })
}

/// The file that is read.
struct Page<'a> {
    sources: &'a Sources,
    file: String,
    text: &'a str,
    problems: &'a mut Vec<Problem>,
    /// Nothing is wrong with it so far.
    whole: bool,
}

impl Page<'_> {
    fn wrong(&mut self, start: usize, rule: &str) {
        self.whole = false;
        self.problems.push(Problem::at(self.file.clone(), self.line(start), rule));
    }

    fn line(&self, start: usize) -> usize {
        self.text[..start].matches('\n').count() + 1
    }

    fn question(&mut self, written: written::Question) -> Question {
        let (id, start) = (written.id.get_ref().clone(), written.id.span().start);
        for rule in shape(&written) {
            self.wrong(start, &format!("question `{id}` {rule}"));
        }
        let written::Question { kind, ask, program, options, steps, .. } = written;
        let ask = self.prose(ask);
        let program = program.and_then(|path| self.program(path));
        let (options, right) = match kind {
            Kind::Order => self.steps(steps),
            _ => {
                let right = options.iter().enumerate().filter(|(_, option)| option.right);
                let right = right.map(|(position, _)| position).collect();
                let options = options.into_iter().map(|option| self.option(kind, option)).collect();
                (options, right)
            }
        };
        Question { id, kind, ask, program, options, right }
    }

    fn option(&mut self, kind: Kind, option: written::Choice) -> Choice {
        let text = match kind {
            Kind::Output => self.read(option.text, |text| Ok(printed(text.trim()))),
            _ => self.prose(option.text),
        };
        Choice { text, why: self.prose(option.why) }
    }

    /// Steps are shown in the order of the alphabet, which says nothing about the right one. Where it happens to be the
    /// right one, the first goes to the end.
    fn steps(&mut self, steps: Vec<Step>) -> (Vec<Choice>, Vec<usize>) {
        let mut shown: Vec<_> = (0..steps.len()).collect();
        shown.sort_by_key(|&step| steps[step].text.get_ref());
        if shown.is_sorted() && shown.len() > 1 {
            shown.rotate_left(1);
        }
        let place = |step| shown.iter().position(|&other| other == step).expect("all are shown");
        let right = (0..steps.len()).map(place).collect();
        let mut options: Vec<_> = steps
            .into_iter()
            .map(|step| Some(Choice { text: self.prose(step.text), why: self.prose(step.why) }))
            .collect();
        (shown.iter().filter_map(|&step| options[step].take()).collect(), right)
    }

    fn program(&mut self, path: Spanned<String>) -> Option<Program> {
        let (start, path) = (path.span().start, path.into_inner());
        if !path.starts_with(&format!("{FOLDER}/")) || !path.ends_with(".rs") {
            self.wrong(
                start,
                &format!("program `{path}` is not allowed (a file `{FOLDER}/lesson-1/NAME.rs`)"),
            );
            return None;
        }
        let text = match self.sources.read(&path) {
            Ok(text) => text,
            Err(error) => {
                self.wrong(start, &error);
                return None;
            }
        };
        let lines = text.lines().count();
        let columns = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        for (what, count, most) in
            [("lines", lines, PROGRAM_LINES_MAX), ("columns", columns, PROGRAM_COLUMNS_MAX)]
        {
            if count > most {
                self.wrong(start, &format!("program `{path}` has {count} {what} (at most {most})"));
            }
        }
        Some(Program { path, text })
    }

    fn prose(&mut self, text: Spanned<String>) -> Text {
        self.read(text, inline)
    }

    fn read(
        &mut self,
        text: Spanned<String>,
        html: impl Fn(&str) -> Result<String, String>,
    ) -> Text {
        let start = text.span().start;
        let written = text.into_inner();
        let html = match html(&written) {
            Ok(html) => html,
            Err(rule) => {
                self.wrong(start, &rule);
                String::new()
            }
        };
        // The line feed behind `"""` is not part of the text.
        let opening = usize::from(self.text[start..].starts_with("\"\"\"\n"));
        Text { line: self.line(start) + opening, written, html }
    }
}

/// What a question's parts must be to each other.
fn shape(question: &written::Question) -> Vec<String> {
    let mut rules = Vec::new();
    let written::Question { kind, program, options, steps, .. } = question;
    let texts: Vec<_> = match kind {
        Kind::Order => steps.iter().map(|step| step.text.get_ref().trim()).collect(),
        _ => options.iter().map(|option| option.text.get_ref().trim()).collect(),
    };
    let (what, least) = match kind {
        // Of two, the shown order would be the wrong one.
        Kind::Order => ("steps", 3),
        _ => ("options", 2),
    };
    if !(least..=OPTIONS_MAX).contains(&texts.len()) {
        rules.push(format!("has {} {what} (from {least} to {OPTIONS_MAX})", texts.len()));
    }
    if let Some(twice) =
        (1..texts.len()).find(|&position| texts[..position].contains(&texts[position]))
    {
        rules.push(format!("has `{}` twice among its {what}", texts[twice]));
    }
    let right = options.iter().filter(|option| option.right).count();
    match (kind, right) {
        (Kind::Order, _) if !options.is_empty() => {
            rules.push("has options (an `order` has `steps`)".to_owned());
        }
        (Kind::Order, _) | (_, 1) => {}
        (_, 0) => rules.push("has no right option (mark it `right = true`)".to_owned()),
        (Kind::Multiple, _) => {}
        _ => rules.push(format!("has {right} right options (only a `multiple` has several)")),
    }
    if !matches!(kind, Kind::Order) && !steps.is_empty() {
        rules.push("has steps (only an `order` has them)".to_owned());
    }
    match (kind, program) {
        (Kind::Output, None) => {
            rules.push("has no program (an `output` names one: `program = …`)".to_owned());
        }
        (Kind::Order, Some(_)) => rules.push("has a program (an `order` shows none)".to_owned()),
        _ => {}
    }
    rules
}
