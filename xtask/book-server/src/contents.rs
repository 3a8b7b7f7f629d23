//! The table of contents beside every page.
//!
//! mdBook's own needs a script or a frame; ours is HTML in each page, with links that work from
//! `file://`.

use std::fmt::Write as _;
use std::path::Path;

use mdbook_driver::book::{Book, BookItem, Chapter};

use crate::markup::escape;

/// The book's parts and chapters, in order.
#[derive(Debug)]
pub struct Contents {
    parts: Vec<Part>,
}

#[derive(Debug, Default)]
struct Part {
    /// The chapters before the first part have none.
    title: Option<String>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    title: String,
    /// The page from the book's root; an announced chapter has none.
    page: Option<String>,
    below: Vec<Entry>,
}

impl Contents {
    /// The contents of a loaded book.
    #[must_use]
    pub fn of(book: &Book) -> Self {
        let mut parts = vec![Part::default()];
        for item in &book.items {
            match item {
                BookItem::PartTitle(title) => {
                    parts.push(Part { title: Some(title.clone()), entries: Vec::new() });
                }
                BookItem::Chapter(chapter) => {
                    let last = parts.len() - 1;
                    parts[last].entries.push(entry(chapter));
                }
                BookItem::Separator => {}
            }
        }
        parts.retain(|part| !part.entries.is_empty());
        Self { parts }
    }

    /// The list as it stands in a page; `current` and `to_root` are that page and the way back from
    /// it.
    #[must_use]
    pub fn html(&self, current: &str, to_root: &str) -> String {
        let mut out = String::new();
        for (number, part) in self.parts.iter().enumerate() {
            let label = match &part.title {
                Some(title) => {
                    let _ =
                        write!(out, "<p class=\"part\" id=\"part-{number}\">{}</p>", escape(title));
                    format!(" aria-labelledby=\"part-{number}\"")
                }
                None => String::new(),
            };
            list(&mut out, &part.entries, &label, current, to_root);
        }
        out
    }
}

fn entry(chapter: &Chapter) -> Entry {
    let below = chapter.sub_items.iter().filter_map(|item| match item {
        BookItem::Chapter(chapter) => Some(entry(chapter)),
        _ => None,
    });
    Entry {
        title: chapter.name.clone(),
        page: chapter.path.as_deref().map(page),
        below: below.collect(),
    }
}

/// The page of a chapter: `lesson-1/frame.md` becomes `lesson-1/frame.html`.
#[must_use]
pub fn page(chapter: &Path) -> String {
    chapter.with_extension("html").to_string_lossy().replace('\\', "/")
}

fn list(out: &mut String, entries: &[Entry], label: &str, current: &str, to_root: &str) {
    let _ = write!(out, "<ol{label}>");
    for entry in entries {
        let title = escape(&entry.title);
        match &entry.page {
            Some(page) => {
                let here = if page == current { " aria-current=\"page\"" } else { "" };
                let _ = write!(out, "<li><a href=\"{to_root}{}\"{here}>{title}</a>", escape(page));
            }
            None => _ = write!(out, "<li><span>{title}</span>"),
        }
        if !entry.below.is_empty() {
            list(out, &entry.below, "", current, to_root);
        }
        out.push_str("</li>");
    }
    out.push_str("</ol>");
}
