//! `{{#quiz}}`: questions that a chapter asks, `book/quizzes/lesson-1/echo.toml`.
//!
//! ```toml
//! [[question]]
//! id = "zero"               # its name is `lesson-1/echo/zero`
//! kind = "single"           # or `multiple`, `output`, `order`
//! ask = "`read` returns 0. What has the peer done?"
//!
//! [[question.option]]
//! text = "It has sent its last byte."
//! right = true
//! why = "The kernel received FIN, and you have read all that came before."
//! ```
//!
//! | kind | besides | right is |
//! | --- | --- | --- |
//! | `single` | options | one of them |
//! | `multiple` | options | each that is marked, and no other |
//! | `output` | options, `program` | the one that is what the program prints |
//! | `order` | `steps = [{ text, why }]` instead of options | the order in which they are written |
//!
//! `ask`, `text` and `why` are a paragraph with `code` and *emphasis*; the options of an `output` are text as it is
//! printed. A `program` is a file below `book/quizzes/` that `tests/quizzes.rs` compiles, and runs where its output is
//! asked for; `single` and `multiple` may show one, too.
//!
//! An answer is a list of keys, which are the letters that the page shows: the chosen options, or the steps in the
//! chosen order.

mod page;
mod rules;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::directive::{self, Name};
use crate::problem::Problem;
use crate::sources::Sources;
use crate::{files, suggest};

/// Where quizzes and their programs are.
const FOLDER: &str = "book/quizzes";

/// A line of a program that is longer has to be scrolled beside its question.
pub const PROGRAM_COLUMNS_MAX: usize = 62;

/// The questions of a chapter.
#[derive(Debug)]
pub struct Quiz {
    /// `lesson-1/echo`.
    pub name: String,
    /// In the order of the file.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Debug)]
pub struct Question {
    /// Its name in the quiz.
    pub id: String,
    /// How it is answered.
    pub kind: Kind,
    /// The question itself.
    pub ask: Text,
    /// The code that it is about.
    pub program: Option<Program>,
    /// Options or steps, as they are shown.
    pub options: Vec<Choice>,
    /// The right options, or all steps in the right order: positions in `options`.
    right: Vec<usize>,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Choose one.
    Single,
    /// Choose some.
    Multiple,
    /// Choose what a program prints.
    Output,
    /// Put steps in order.
    Order,
}

/// An option or a step.
#[derive(Debug)]
pub struct Choice {
    /// What it says.
    pub text: Text,
    /// Why it is right or wrong, or why the step comes where it comes.
    pub why: Text,
}

/// Text of a quiz.
#[derive(Debug)]
pub struct Text {
    /// The line that it begins in.
    pub line: usize,
    /// As it is written.
    pub written: String,
    /// As it is shown.
    html: String,
}

/// A small complete program.
#[derive(Debug)]
pub struct Program {
    /// From the workspace root.
    pub path: String,
    /// The whole file.
    pub text: String,
}

impl Quiz {
    /// Reads a quiz; `None`, and problems, when it is not as this module's docs say.
    pub fn read(sources: &Sources, name: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let file = file(name);
        match sources.read(&file) {
            Ok(text) => rules::quiz(sources, name, &text, problems),
            Err(error) => {
                problems.push(Problem::in_file(file, error));
                None
            }
        }
    }

    /// Every text that is prose: all but the outputs of programs.
    pub fn prose(&self) -> impl Iterator<Item = &Text> {
        self.questions.iter().flat_map(|question| {
            let printed = question.kind == Kind::Output;
            let texts = question.options.iter().map(|option| &option.text);
            let whys = question.options.iter().map(|option| &option.why);
            texts.filter(move |_| !printed).chain(whys).chain([&question.ask])
        })
    }
}

impl Question {
    /// The options that are right; of an `order`, all in the right order.
    pub fn right(&self) -> impl Iterator<Item = &Choice> {
        self.right.iter().map(|&position| &self.options[position])
    }

    /// Whether an answer is right.
    ///
    /// # Errors
    ///
    /// It is no answer to this question: a sentence that says why not.
    pub fn judge(&self, answer: &[String]) -> Result<bool, String> {
        let keys: Vec<_> = (0..self.options.len()).map(key).collect();
        let mut chosen = Vec::new();
        for wanted in answer {
            let Some(position) = keys.iter().position(|key| key == wanted) else {
                let choice = suggest::choice(wanted, keys.iter().map(String::as_str));
                return Err(format!("there is no option `{wanted}` {choice}"));
            };
            if chosen.contains(&position) {
                return Err(format!("option `{wanted}` is chosen twice"));
            }
            chosen.push(position);
        }
        match self.kind {
            Kind::Single | Kind::Output if chosen.len() != 1 => {
                return Err(format!("{} options are chosen (choose one)", chosen.len()));
            }
            Kind::Multiple if chosen.is_empty() => {
                return Err("no option is chosen (choose at least one)".to_owned());
            }
            Kind::Order if chosen.len() != keys.len() => {
                return Err(format!("{} of {} steps are in order", chosen.len(), keys.len()));
            }
            Kind::Order => {}
            _ => chosen.sort_unstable(),
        }
        Ok(chosen == self.right)
    }
}

/// Every quiz of the workspace.
#[derive(Debug, Default)]
pub struct Quizzes {
    /// A quiz with a problem is known, but cannot be shown.
    known: BTreeMap<String, Option<Quiz>>,
}

impl Quizzes {
    /// Reads all of them, and looks for files that no question needs.
    pub fn read(sources: &Sources, problems: &mut Vec<Problem>) -> Self {
        let mut known = BTreeMap::new();
        let mut programs = BTreeSet::new();
        for path in files::below(&sources.root().join(FOLDER)) {
            let Ok(path) = path.strip_prefix(sources.root()) else { continue };
            let path = path.to_string_lossy().into_owned();
            match quiz_name(&path) {
                // Editors keep their own files under hidden names.
                _ if path.contains("/.") => {}
                Some(name) => {
                    known.insert(name.to_owned(), Quiz::read(sources, name, problems));
                }
                None if path.ends_with(".rs") => {
                    programs.insert(path);
                }
                None => {
                    let rule =
                        "it is no quiz (a quiz is a file like `book/quizzes/lesson-1/echo.toml`)";
                    problems.push(Problem::in_file(path, rule));
                }
            }
        }
        let quizzes = Self { known };
        let whole = quizzes.known.values().all(Option::is_some);
        for quiz in quizzes.all() {
            for program in quiz.questions.iter().filter_map(|question| question.program.as_ref()) {
                programs.remove(&program.path);
            }
        }
        for path in programs.into_iter().filter(|_| whole) {
            let rule = "no question shows it (name it as a `program` or remove it)";
            problems.push(Problem::in_file(path, rule));
        }
        quizzes
    }

    /// Each quiz that has no problem.
    pub fn all(&self) -> impl Iterator<Item = &Quiz> {
        self.known.values().flatten()
    }

    /// The name of each, also of those with problems.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// A quiz as HTML without an empty line; nothing when it has a problem, which is known already.
    ///
    /// # Errors
    ///
    /// There is no such quiz.
    pub fn html(&self, name: &str) -> Result<String, String> {
        match self.known.get(name) {
            Some(quiz) => Ok(quiz.as_ref().map(page::html).unwrap_or_default()),
            None => {
                Err(format!("there is no quiz `{name}` {}", suggest::choice(name, self.names())))
            }
        }
    }
}

/// Whether an answer to a question, `lesson-1/echo/zero`, is right; the question is read out of the workspace at
/// `root`, so nobody's word is taken for it.
///
/// # Errors
///
/// There is no such question, or it is no answer to it: a sentence that says why not.
pub fn judge(root: &Path, name: &str, answer: &[String]) -> Result<bool, String> {
    let rule = || format!("there is no question `{name}` (it is named like `lesson-1/echo/zero`)");
    let (quiz, id) = name.rsplit_once('/').ok_or_else(rule)?;
    let Name { full, .. } = directive::member(quiz).map_err(|_| rule())?;
    let sources =
        Sources::new(root).map_err(|error| format!("cannot open the workspace: {error}"))?;
    let mut problems = Vec::new();
    let Some(quiz) = Quiz::read(&sources, full, &mut problems) else {
        return Err(problems.first().map_or_else(rule, ToString::to_string));
    };
    let question = quiz.questions.iter().find(|question| question.id == id).ok_or_else(|| {
        let known = quiz.questions.iter().map(|question| question.id.as_str());
        format!("there is no question `{id}` in `{full}` {}", suggest::choice(id, known))
    })?;
    question.judge(answer)
}

/// The file of a quiz, from the workspace root.
pub(crate) fn file(name: &str) -> String {
    format!("{FOLDER}/{name}.toml")
}

/// The quiz that a file holds.
fn quiz_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix(".toml")?;
    directive::member(name).ok().map(|name| name.full)
}

/// The key of an option, which is the letter that the page shows: `a` is the first.
fn key(position: usize) -> String {
    let position = u8::try_from(position).expect("a question has few options");
    char::from(b'a' + position).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: Kind, options: usize, right: &[usize]) -> Question {
        let text = || Text { line: 1, written: String::new(), html: String::new() };
        Question {
            id: "zero".to_owned(),
            kind,
            ask: text(),
            program: None,
            options: (0..options).map(|_| Choice { text: text(), why: text() }).collect(),
            right: right.to_vec(),
        }
    }

    fn judged(question: &Question, answer: &str) -> Result<bool, String> {
        let keys: Vec<_> = answer.chars().map(String::from).collect();
        question.judge(&keys)
    }

    #[test]
    fn one_option_is_right() {
        for kind in [Kind::Single, Kind::Output] {
            let question = question(kind, 3, &[1]);
            assert_eq!(judged(&question, "b"), Ok(true));
            assert_eq!(judged(&question, "c"), Ok(false));
            let error = judged(&question, "bc").expect_err("two are chosen");
            assert_eq!(error, "2 options are chosen (choose one)");
            assert!(judged(&question, "").is_err());
        }
    }

    #[test]
    fn all_right_options_and_no_other_are_right() {
        let question = question(Kind::Multiple, 4, &[0, 2]);
        for (answer, right) in [("ac", true), ("ca", true), ("a", false), ("abc", false)] {
            assert_eq!(judged(&question, answer), Ok(right), "{answer}");
        }
        let error = judged(&question, "").expect_err("none is chosen");
        assert_eq!(error, "no option is chosen (choose at least one)");
    }

    #[test]
    fn steps_are_right_in_one_order() {
        let question = question(Kind::Order, 3, &[2, 0, 1]);
        assert_eq!(judged(&question, "cab"), Ok(true));
        assert_eq!(judged(&question, "abc"), Ok(false));
        let error = judged(&question, "ca").expect_err("one is missing");
        assert_eq!(error, "2 of 3 steps are in order");
    }

    #[test]
    fn what_is_no_answer_is_told_apart_from_a_wrong_one() {
        let question = question(Kind::Multiple, 2, &[0]);
        let error = judged(&question, "ax").expect_err("there is no such option");
        assert_eq!(error, "there is no option `x` (there is `a`, `b`)");
        let error = judged(&question, "aa").expect_err("it is there twice");
        assert_eq!(error, "option `a` is chosen twice");
    }
}
