//! Goal: chapters and quizzes are spelled well and free of words that say nothing.
//!
//! Method: the words of every chapter and quiz, without their code, are looked up among common misspellings
//! and in a short list of ours. `book/words.txt` lists what is right all the same. A misspelling
//! that nobody made before, and a sentence that says nothing in good words, pass.

mod tiny_book;

use std::collections::BTreeSet;
use std::fs;

use book_server::files;
use book_server::quiz::{Quiz, Quizzes};
use book_server::sources::Sources;
use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use unicase::UniCase;

/// Words that flatter, hurry or excuse; each can go, or makes room for what is meant.
const FILLER: [&str; 25] = [
    "as we all know",
    "at the end of the day",
    "basically",
    "blazing",
    "blazingly",
    "cutting-edge",
    "delve",
    "dive into",
    "easily",
    "easy",
    "effortless",
    "effortlessly",
    "game changer",
    "in order to",
    "it is worth noting",
    "just",
    "leverage",
    "needless to say",
    "note that",
    "obviously",
    "of course",
    "seamless",
    "seamlessly",
    "simply",
    "utilize",
];

/// Dashes in a thousand words of a chapter; some are always allowed.
const DASHES_MAX: (usize, usize) = (4, 2);

/// A run of prose: a paragraph, a heading, a cell.
struct Run {
    line: usize,
    text: String,
}

/// The prose of a chapter, without code and directives.
fn prose(markdown: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut fresh = true;
    let mut code = false;
    for (event, range) in new_cmark_parser(markdown, &MarkdownOptions::default()).into_offset_iter()
    {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Link { .. } | Tag::Strikethrough) => {}
            Event::End(
                TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link | TagEnd::Strikethrough,
            ) => {}
            Event::Start(_) | Event::End(_) => fresh = true,
            Event::Text(text) if !code => {
                if fresh {
                    let line = markdown[..range.start].matches('\n').count() + 1;
                    runs.push(Run { line, text: String::new() });
                    fresh = false;
                }
                runs.last_mut().expect("a run was begun").text.push_str(&text);
            }
            // Code within a sentence ends a word, like a space.
            Event::Code(_) | Event::SoftBreak | Event::HardBreak | Event::InlineHtml(_) => {
                if let Some(run) = runs.last_mut() {
                    run.text.push(' ');
                }
            }
            _ => {}
        }
    }
    runs.retain(|run| !run.text.starts_with("{{#"));
    runs
}

/// The words of a text in lower case, where an apostrophe or a hyphen belongs to the word.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphabetic() || matches!(c, '\'' | '’' | '-')))
        .map(|word| word.trim_matches(['\'', '’', '-']).replace('’', "'").to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

fn misspelled(run: &Run, allowed: &BTreeSet<String>) -> Vec<String> {
    let words = words(&run.text);
    let parts = words
        .iter()
        .flat_map(|word| word.split(['-', '\'']))
        .filter(|part| !allowed.contains(*part));
    let known = parts.filter_map(|part| Some((part, typos_dict::WORD.find(&UniCase::new(part))?)));
    known.map(|(part, right)| format!("`{part}` is misspelled ({})", right.join(" or "))).collect()
}

fn filler(run: &Run, allowed: &BTreeSet<String>) -> Vec<String> {
    let text = format!(" {} ", words(&run.text).join(" "));
    let found = FILLER
        .iter()
        .filter(|filler| text.contains(&format!(" {filler} ")) && !allowed.contains(**filler));
    found
        .map(|filler| format!("`{filler}` says nothing (leave it out, or say what is meant)"))
        .collect()
}

fn dashes(runs: &[Run]) -> Option<String> {
    let count: usize = runs.iter().map(|run| run.text.matches('—').count()).sum();
    let total: usize = runs.iter().map(|run| words(&run.text).len()).sum();
    let (per_thousand, always) = DASHES_MAX;
    (count > always && count * 1000 > total * per_thousand).then(|| {
        format!("{count} dashes in {total} words (a full stop or a colon does most of it)")
    })
}

/// `{{#value …}}` shows the number with its unit: one that is written behind it is there twice.
fn units_twice(file: &str, text: &str) -> Vec<String> {
    const UNITS: [&str; 8] = ["ns", "µs", "ms", "s", "kB", "MB", "%", "×"];
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for behind in line.split("{{#value ").skip(1).filter_map(|rest| rest.split_once("}}")) {
            let word = behind.1.trim_start().split([' ', '.', ',', ':', ';', ')']).next();
            if let Some(unit) = UNITS.into_iter().find(|unit| word == Some(unit)) {
                found.push(format!("{file}:{number}: `{unit}` stands behind a value that has one"));
            }
        }
    }
    found
}

#[test]
fn a_unit_that_stands_twice_is_found() {
    let text =
        "It takes {{#value lesson-1/x:a.b}} ms.\nIt takes {{#value lesson-1/x:a.b}}, not more.";
    assert_eq!(units_twice("f", text), ["f:1: `ms` stands behind a value that has one"]);
}

/// The prose of a quiz: each text is a run.
fn asked(quiz: &Quiz) -> Vec<Run> {
    let runs = quiz.prose().flat_map(|text| {
        let lines_before = text.line - 1;
        prose(&text.written)
            .into_iter()
            .map(move |run| Run { line: run.line + lines_before, text: run.text })
    });
    runs.collect()
}

/// What is wrong with the prose of one file.
fn wrong(file: &str, runs: &[Run], allowed: &BTreeSet<String>) -> Vec<String> {
    let mut wrong: Vec<_> =
        dashes(runs).map(|dashes| format!("{file}: {dashes}")).into_iter().collect();
    for run in runs {
        let found = misspelled(run, allowed).into_iter().chain(filler(run, allowed));
        wrong.extend(found.map(|message| format!("{file}:{}: {message}", run.line)));
    }
    wrong
}

#[test]
fn chapters_and_quizzes_are_spelled_well_and_say_something() {
    let root = tiny_book::workspace();
    let list = fs::read_to_string(root.join("book/words.txt")).expect("the list of words");
    let allowed =
        list.lines().map(|line| line.split('#').next().unwrap_or_default().trim().to_lowercase());
    let allowed: BTreeSet<_> = allowed.filter(|word| !word.is_empty()).collect();
    let mut found = Vec::new();
    for file in files::below(&root.join("book/src")) {
        if file.extension().is_some_and(|extension| extension == "md") {
            let name = file.strip_prefix(&root).expect("below the root").display().to_string();
            let text = fs::read_to_string(&file).expect("a chapter");
            found.extend(wrong(&name, &prose(&text), &allowed));
            found.extend(units_twice(&name, &text));
        }
    }
    let sources = Sources::new(&root).expect("the workspace is there");
    for quiz in Quizzes::read(&sources, &mut Vec::new()).all() {
        let name = format!("book/quizzes/{}.toml", quiz.name);
        found.extend(wrong(&name, &asked(quiz), &allowed));
    }
    assert!(
        found.is_empty(),
        "right all the same? then add the word to book/words.txt\n{}",
        found.join("\n")
    );
}

#[test]
fn mistakes_are_found_in_prose_and_not_in_code() {
    let none = BTreeSet::new();
    let chapter = "# Recieve\n\nIt is *simply* fast, of\ncourse.\n\n`recieve` and\n\n```\nrecieve simply\n```\n\n\
                   | a |\n|---|\n| seperate |\n";
    let found = wrong("a.md", &prose(chapter), &none);
    let expected =
        ["a.md:1: `recieve`", "a.md:3: `of course`", "a.md:3: `simply`", "a.md:14: `seperate`"];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found} is not {expected}");
    }
    let allowed = BTreeSet::from(["recieve".to_owned(), "simply".to_owned()]);
    let text = prose("recieve simply justice easygoing");
    assert_eq!(wrong("a.md", &text, &allowed), Vec::<String>::new());
}

#[test]
fn mistakes_are_found_in_a_quiz_and_not_in_what_programs_print() {
    let book = tiny_book::TinyBook::new();
    let file = "book/quizzes/lesson-1/frame.toml";
    book.replace(file, "\"Which are numbers?\"", "\"\"\"\nWhich are\n*simply* numbers?\n\"\"\"");
    book.replace(file, "It is a letter.", "Recieve it.");
    book.replace(file, "text = \"12\"", "text = \"recieve\"");
    let sources = Sources::new(book.root()).expect("the book is there");
    let quizzes = Quizzes::read(&sources, &mut Vec::new());
    let quiz = quizzes.all().next().expect("it has a quiz");
    let mut found = wrong("a.toml", &asked(quiz), &BTreeSet::new());
    found.sort();
    assert_eq!(found.len(), 2, "{found:?}");
    // A paragraph is named by its first line.
    assert!(found[0].starts_with("a.toml:14: `simply`"), "{found:?}");
    assert!(found[1].starts_with("a.toml:19: `recieve`"), "{found:?}");
}

#[test]
fn a_flood_of_dashes_is_found() {
    let none = BTreeSet::new();
    let flood = "One — two — three --- four.\n";
    assert_eq!(wrong("a.md", &prose(flood), &none).len(), 1);
    let calm = format!("One — two. {}\n", "word ".repeat(300));
    assert_eq!(wrong("a.md", &prose(&calm), &none), Vec::<String>::new());
}
