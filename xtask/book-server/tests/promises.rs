//! Goal: the real book keeps what it promises: light pages that ask nobody for anything and allow a
//! policy without inline scripts and styles.
//!
//! Method: the book is built and its files are read as plain text, not with the reader that the
//! build itself uses. That it looks well, and that a browser agrees, is not shown here.

mod tiny_book;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use book_server::{book, files};
use tempfile::TempDir;

/// What a page may load, uncompressed, without search.
const PAGE_BYTES_MAX: usize = 300_000;

/// The same for the page that holds the whole book.
const WHOLE_BYTES_MAX: usize = 3_000_000;

/// Attributes whose files a page loads by itself.
const LOADED: [&str; 2] = ["src", "href"];

struct Book {
    folder: TempDir,
    pages: Vec<PathBuf>,
}

fn built() -> Book {
    let folder = TempDir::new().expect("a temporary folder");
    let outcome = book::build(&tiny_book::workspace(), folder.path(), None);
    outcome.result.unwrap_or_else(|defects| panic!("the real book has defects:\n{defects}"));
    let mut pages = files::below(folder.path());
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "html"));
    assert!(pages.len() > 3, "it has pages");
    Book { folder, pages }
}

/// Every tag, without its brackets.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    let opened =
        html.split('<').skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    opened.filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

/// What a page loads: scripts, style sheets, icons and images.
fn resources(html: &str) -> BTreeSet<&str> {
    tags(html)
        .filter(|tag| !tag.starts_with("a ") && !tag.starts_with("use "))
        .flat_map(|tag| LOADED.iter().filter_map(|name| attribute(tag, name)))
        .collect()
}

#[test]
fn every_page_is_light_and_asks_nobody() {
    let book = built();
    for path in &book.pages {
        let name = path.strip_prefix(book.folder.path()).expect("below").display();
        let html = fs::read_to_string(path).expect("a page");
        let mut bytes = html.len();
        for resource in resources(&html) {
            assert!(
                !resource.contains(':') && !resource.starts_with("//"),
                "{name} loads `{resource}`"
            );
            let file = path.parent().unwrap_or(Path::new("")).join(resource);
            bytes += fs::metadata(&file)
                .unwrap_or_else(|_| panic!("{name} loads `{resource}`"))
                .len() as usize;
        }
        let most = if path.ends_with("print.html") { WHOLE_BYTES_MAX } else { PAGE_BYTES_MAX };
        println!("{bytes:>8} {name}");
        assert!(bytes < most, "{name} loads {bytes} bytes, more than {most}");
    }
}

#[test]
fn no_page_has_inline_scripts_styles_or_events() {
    let book = built();
    for path in &book.pages {
        let html = fs::read_to_string(path).expect("a page");
        assert!(!html.contains("<style"), "{}", path.display());
        for tag in tags(&html) {
            let names = tag.split_whitespace().skip(1);
            let wrong = names.filter(|word| {
                word.starts_with("style=") || word.starts_with("on") && word.contains("=\"")
            });
            assert_eq!(wrong.count(), 0, "<{tag}> in {}", path.display());
            assert!(
                !tag.to_ascii_lowercase().contains("javascript:"),
                "<{tag}> in {}",
                path.display()
            );
        }
        let scripts = html.matches("<script").count();
        let outside = html.matches("<script src=\"").count();
        assert_eq!((scripts, outside), (1, 1), "{}", path.display());
        assert!(html.contains("book.js\"></script>"), "{}", path.display());
    }
}

#[test]
fn every_page_can_be_found_and_left_without_a_script() {
    let book = built();
    for path in &book.pages {
        let html = fs::read_to_string(path).expect("a page");
        let name = path.display();
        for part in [
            "<a class=\"skip\" href=\"#content\">",
            "<main id=\"content\"",
            "<nav id=\"contents\"",
            "<h1 ",
        ] {
            assert!(html.contains(part), "{name} has no {part}");
        }
        if !path.ends_with("print.html") {
            assert_eq!(
                html.matches("aria-current=\"page\"").count(),
                1,
                "{name} is once in its contents"
            );
            assert_eq!(html.matches("<h1 ").count(), 1, "{name} has one title");
        }
    }
}

#[test]
fn the_theme_has_nothing_from_elsewhere() {
    let theme = tiny_book::workspace().join("book/theme");
    let (mut css, mut js) = (String::new(), String::new());
    for file in files::below(&theme) {
        let text = fs::read_to_string(&file).expect("the theme is text");
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("css") => css.push_str(&text),
            Some("js") => js.push_str(&text),
            _ => {}
        }
    }
    assert!(!css.is_empty() && !js.is_empty());
    for word in ["@import", "url(", "http:", "https://", "@font-face"] {
        assert!(!css.contains(word), "a style sheet has `{word}`");
    }
    for word in [
        "http:",
        "https:",
        "innerHTML",
        "outerHTML",
        "eval(",
        "document.write",
        ".style",
        "insertAdjacentHTML",
    ] {
        assert!(!js.contains(word), "the script has `{word}`");
    }
}

#[test]
fn colours_leave_the_code_as_it_is() {
    let root = tiny_book::workspace();
    for folder in ["lessons", "solutions", "xtask"] {
        for file in files::below(&root.join(folder)) {
            if file.extension().is_some_and(|extension| extension == "rs") {
                let Ok(code) = fs::read_to_string(&file) else { continue };
                let html = book_server::highlight::html("rust", &code).expect("it knows Rust");
                assert_eq!(book_server::html::text(&html), code, "{}", file.display());
            }
        }
    }
}
