//! From the workspace to finished pages.
//!
//! mdBook loads the chapters, every directive is replaced in memory, mdBook renders, and the pages
//! are finished, checked and rid of what none of them uses. What is wrong is collected as far as
//! that goes, so that the author sees it all at once.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use xtask::workbook::Workbook;

use crate::chapter::{self, Chapter, Material, Shown};
use crate::contents::{self, Contents};
use crate::finish::{Finish, Live};
use crate::links::Links;
use crate::problem::{Defects, Problem};
use crate::quiz::Quizzes;
use crate::sources::Sources;
use crate::{files, script, search, warnings};

/// What a build read and whether it succeeded.
#[derive(Debug)]
pub struct Outcome {
    /// Every file and folder that the book depends on, also after a failure.
    pub sources: BTreeSet<PathBuf>,
    /// What is wrong with the book.
    pub result: Result<(), Defects>,
}

/// Builds the book of the workspace at `root` into the directory `destination`, which it empties
/// first.
///
/// `live` is what the pages of the live book know of their server.
#[must_use]
pub fn build(root: &Path, destination: &Path, live: Option<Live<'_>>) -> Outcome {
    let sources = match Sources::new(root) {
        Ok(sources) => sources,
        Err(error) => {
            let problem = Problem::in_file(
                root.display().to_string(),
                format!("cannot open the workspace: {error}"),
            );
            return Outcome {
                sources: BTreeSet::from([root.to_owned()]),
                result: Err(problem.into()),
            };
        }
    };
    sources.note(Path::new("lessons/workbook.toml"));
    sources.note(Path::new("book"));
    let result = pages(&sources, destination, live);
    Outcome { sources: sources.asked(), result }
}

fn pages(sources: &Sources, destination: &Path, live: Option<Live<'_>>) -> Result<(), Defects> {
    let workbook =
        Workbook::load(sources.root()).map_err(|error| from_root(sources, &error.to_string()))?;
    let mut book = load(sources, destination)?;
    let contents = Contents::of(&book.book);
    let mut problems = Vec::new();
    unlisted(sources, &book, &mut problems);
    expand(&mut book, sources, &workbook, &mut problems);
    Defects::check(problems)?;
    watched(|| book.build().map_err(|error| format!("{error:#}")))?;
    let chapters = book.book.chapters().filter_map(|chapter| chapter.path.as_deref());
    let mut names: Vec<_> = chapters.map(contents::page).collect();
    names.extend(["index.html".to_owned(), "print.html".to_owned()]);
    names.sort();
    names.dedup();
    let script = script::joined(sources)?;
    std::fs::write(destination.join(script::FILE), script)
        .map_err(|error| Problem::in_file(script::FILE, error.to_string()))?;
    finish(destination, &names, Finish { contents: &contents, live })
}

/// A message that may name files by their full path names them from the root.
fn from_root(sources: &Sources, message: &str) -> Problem {
    let root = format!("{}/", sources.root().display());
    let message = message.replace(&root, "");
    match message.split_once(": ") {
        Some((file, rest)) if !file.contains(' ') => Problem::in_file(file, rest),
        _ => Problem::in_file("book", message),
    }
}

/// Runs a step of mdBook's; what it logs and a panic are problems too.
fn watched<T>(step: impl FnOnce() -> Result<T, String>) -> Result<T, Defects> {
    let (result, logged) = warnings::collect(|| std::panic::catch_unwind(AssertUnwindSafe(step)));
    let mut problems: Vec<_> =
        logged.iter().map(|line| Problem::in_file("book", line.replace('\n', " "))).collect();
    let result = match result {
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            problems.push(Problem::in_file("book", error));
            None
        }
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text =
                text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            problems.push(Problem::in_file("book", format!("mdBook panicked: {text}")));
            None
        }
    };
    Defects::check(problems)?;
    Ok(result.expect("a step without a problem has a result"))
}

fn load(sources: &Sources, destination: &Path) -> Result<MDBook, Defects> {
    let folder = sources.root().join("book");
    watched(|| {
        // Not `MDBook::load`, which lets the environment change the configuration.
        let mut config =
            Config::from_disk(folder.join("book.toml")).map_err(|error| format!("{error:#}"))?;
        config.build.build_dir = destination.to_owned();
        config.build.create_missing = false;
        MDBook::load_with_config(&folder, config).map_err(|error| format!("{error:#}"))
    })
}

/// Chapters that SUMMARY.md does not name: nobody would ever see them.
fn unlisted(sources: &Sources, book: &MDBook, problems: &mut Vec<Problem>) {
    let listed: BTreeSet<_> = book
        .book
        .chapters()
        .filter_map(|chapter| chapter.source_path.as_deref())
        .map(Path::to_owned)
        .collect();
    let folder = sources.root().join("book/src");
    for file in files::below(&folder) {
        let Ok(path) = file.strip_prefix(&folder) else { continue };
        let markdown = path.extension().is_some_and(|extension| extension == "md");
        if markdown && path != Path::new("SUMMARY.md") && !listed.contains(path) {
            let file = format!("book/src/{}", path.display());
            problems.push(Problem::in_file(
                file,
                "it is not in book/src/SUMMARY.md (name it there or remove it)",
            ));
        }
    }
}

/// Replaces every directive of every chapter.
fn expand(book: &mut MDBook, sources: &Sources, workbook: &Workbook, problems: &mut Vec<Problem>) {
    let written: Vec<_> = book
        .book
        .chapters()
        .filter_map(|chapter| {
            Some((chapter.path.as_ref()?.to_string_lossy().into_owned(), chapter.content.clone()))
        })
        .collect();
    let chapters: Vec<_> = written.iter().map(|(path, text)| Chapter { path, text }).collect();
    let shown = Shown::of(&chapters, problems);
    let quizzes = Quizzes::read(sources, problems);
    shown.missing(workbook, &quizzes, problems);
    let material = Material { sources, workbook, quizzes: &quizzes, shown: &shown };
    let mut expanded = chapters.iter().map(|chapter| chapter::expand(*chapter, material, problems));
    let mut texts: Vec<_> = expanded.by_ref().collect();
    // mdBook changes chapters from the innermost outwards, so they are found by name, not by order.
    book.book.for_each_chapter_mut(|chapter| {
        let path = chapter.path.as_ref().map(|path| path.to_string_lossy().into_owned());
        if let Some(position) =
            written.iter().position(|(written, _)| Some(written) == path.as_ref())
        {
            chapter.content = std::mem::take(&mut texts[position]);
        }
    });
}

/// Finishes and checks the pages, writes the search index, and removes what no page uses.
fn finish(folder: &Path, names: &[String], finish: Finish<'_>) -> Result<(), Defects> {
    let mut problems = Vec::new();
    let mut links = Links::default();
    let mut sections = Vec::new();
    for name in names {
        let path = folder.join(name);
        let html = std::fs::read_to_string(&path)
            .map_err(|error| Problem::in_file(name, error.to_string()))?;
        let html = match finish.page(name, &html) {
            Ok(html) => html,
            Err(wrong) => {
                problems.extend(wrong.into_iter().map(|message| Problem::in_file(name, message)));
                continue;
            }
        };
        links.read(name, &html);
        if name != "print.html" {
            sections.extend(search::sections(name, &html));
        }
        std::fs::write(&path, html).map_err(|error| Problem::in_file(name, error.to_string()))?;
    }
    Defects::check(std::mem::take(&mut problems))?;
    std::fs::write(folder.join(search::FILE), search::script(&sections))
        .map_err(|error| Problem::in_file(search::FILE, error.to_string()))?;
    let there = files::below(folder);
    let named =
        |path: &PathBuf| Some(path.strip_prefix(folder).ok()?.to_string_lossy().replace('\\', "/"));
    let used = links.check(&there.iter().filter_map(named).collect(), &mut problems);
    Defects::check(problems)?;
    for path in there.iter().filter(|path| named(path).is_none_or(|name| !used.contains(&name))) {
        std::fs::remove_file(path).map_err(|error| Problem::in_file("book", error.to_string()))?;
    }
    files::remove_empty(folder).map_err(|error| Problem::in_file("book", error.to_string()).into())
}
