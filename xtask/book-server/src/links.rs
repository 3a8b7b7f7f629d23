//! Whether every link of the finished pages leads somewhere, and nothing in them breaks the book's
//! promises.
//!
//! The promises: the pages work from `file://` without a script, ask no other host for anything,
//! and allow a policy without inline scripts and styles.

use std::collections::{BTreeMap, BTreeSet};

use crate::html::{self, Piece, Tag};
use crate::problem::Problem;

/// What was found in all pages.
#[derive(Debug, Default)]
pub struct Links {
    /// Each page with its ids.
    pages: BTreeMap<String, BTreeSet<String>>,
    /// Every link to the book itself.
    inner: Vec<Link>,
    problems: Vec<Problem>,
}

#[derive(Debug)]
struct Link {
    page: String,
    raw: String,
    /// From the book's root; a link within the page names the page.
    target: String,
    fragment: Option<String>,
}

impl Links {
    /// Reads a finished page; `name` is its path from the book's root.
    pub fn read(&mut self, name: &str, html: &str) {
        let mut ids = BTreeSet::new();
        let mut inside = None;
        for piece in html::pieces(html) {
            match piece {
                Piece::Open(tag) => {
                    inside = Some(tag.name);
                    if let Some(id) = tag.attribute("id")
                        && !ids.insert(id.to_string())
                    {
                        self.wrong(
                            name,
                            format!("id `{id}` is there twice (ids are unique in a page)"),
                        );
                    }
                    self.tag(name, tag);
                }
                Piece::Text(text) if inside == Some("script") && !text.trim().is_empty() => {
                    self.wrong(name, "has an inline script (put it into `book.js`)".to_owned());
                }
                Piece::Close(..) => inside = None,
                _ => {}
            }
        }
        self.pages.insert(name.to_owned(), ids);
    }

    /// Compares the links with what there is; `files` are all files of the book, from its root.
    ///
    /// Returns the files that the pages use.
    pub fn check(
        mut self,
        files: &BTreeSet<String>,
        problems: &mut Vec<Problem>,
    ) -> BTreeSet<String> {
        for link in &self.inner {
            let wrong = match (self.pages.get(&link.target), &link.fragment) {
                (Some(ids), Some(fragment)) if !ids.contains(fragment) => {
                    format!(
                        "link `{}` leads to no heading (`{}` has no id `{fragment}`)",
                        link.raw, link.target
                    )
                }
                (None, _) if !files.contains(&link.target) => {
                    format!("link `{}` leads nowhere (there is no `{}`)", link.raw, link.target)
                }
                _ => continue,
            };
            self.problems.push(Problem::in_file(link.page.clone(), wrong));
        }
        problems.append(&mut self.problems);
        let targets = self.inner.into_iter().map(|link| link.target);
        targets.chain(self.pages.into_keys()).collect()
    }

    fn wrong(&mut self, page: &str, message: String) {
        self.problems.push(Problem::in_file(page, message));
    }

    fn tag(&mut self, page: &str, tag: Tag<'_>) {
        if matches!(
            tag.name,
            "style" | "iframe" | "object" | "embed" | "base" | "audio" | "video" | "source"
        ) {
            self.wrong(page, format!("has a `<{}>` (the book's policy forbids it)", tag.name));
        }
        if tag.name == "img" && tag.attribute("alt").is_none_or(|alt| alt.trim().is_empty()) {
            self.wrong(
                page,
                format!(
                    "`{}` says nothing to those who do not see it (write an alt text)",
                    tag.raw
                ),
            );
        }
        for (attribute, value) in tag.attributes() {
            match attribute.to_ascii_lowercase().as_str() {
                "style" => {
                    self.wrong(page, format!("`{}` has an inline style (use a class)", tag.raw))
                }
                "src" | "srcset" | "poster" => self.resource(page, &value),
                "href" | "xlink:href" if tag.name == "link" => self.resource(page, &value),
                "href" | "xlink:href" => self.link(page, &value),
                // Files that the script loads when they are needed.
                "data-search-index" => self.resource(page, &value),
                name if name.starts_with("on") => {
                    self.wrong(
                        page,
                        format!("`{}` has an event attribute (put it into `book.js`)", tag.raw),
                    );
                }
                _ => {}
            }
        }
    }

    /// What the page loads.
    fn resource(&mut self, page: &str, value: &str) {
        if value.starts_with("data:image/") {
            return;
        }
        if scheme(value).is_some() || value.starts_with("//") {
            self.wrong(page, format!("loads `{value}` (the book asks no other host for anything)"));
            return;
        }
        self.inner(page, value);
    }

    fn link(&mut self, page: &str, value: &str) {
        match scheme(value) {
            Some("https") if well_formed(&value[6..]) => {}
            Some("http") if local(&value[5..]) => {}
            Some("mailto") if value.contains('@') => {}
            Some("https" | "mailto") => self.wrong(page, format!("link `{value}` is malformed")),
            Some(other) => self
                .wrong(page, format!("link `{value}` is not allowed (`{other}:`; use `https:`)")),
            None => self.inner(page, value),
        }
    }

    fn inner(&mut self, page: &str, value: &str) {
        let (path, fragment) = match value.split_once('#') {
            Some((path, fragment)) => (path, Some(decoded(fragment))),
            None => (value, None),
        };
        let Some(target) =
            resolved(page, path).filter(|_| !value.is_empty() && fragment.as_deref() != Some(""))
        else {
            let rule = "it names a file of the book, from the page, and a heading behind `#`";
            self.wrong(page, format!("link `{value}` is not allowed ({rule})"));
            return;
        };
        self.inner.push(Link { page: page.to_owned(), raw: value.to_owned(), target, fragment });
    }
}

fn scheme(value: &str) -> Option<&str> {
    let (scheme, _) = value.split_once(':')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    (scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(plain))
        .then_some(scheme)
}

/// `//host/path`, as far as that can be said without asking.
fn well_formed(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix("//") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':');
    host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && host.bytes().all(allowed)
        && !rest.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '{' | '}'))
}

/// A server that the reader runs.
fn local(rest: &str) -> bool {
    let host = rest.strip_prefix("//").and_then(|rest| rest.split(['/', ':', '?', '#']).next());
    matches!(host, Some("localhost" | "127.0.0.1"))
}

/// The file that a relative path names, from the book's root; nothing when it leaves the book.
fn resolved(page: &str, path: &str) -> Option<String> {
    if path.is_empty() {
        return Some(page.to_owned());
    }
    if path.starts_with('/') || path.ends_with('/') || path.contains(['\\', '?', '%']) {
        return None;
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => _ = parts.pop()?,
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.filter(|_| first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
