//! The last work on a page that mdBook wrote.
//!
//! - the table of contents is put in, and in the live book the sign that makes the page listen for news;
//! - inline styles (of aligned cells and of page breaks) become classes, so that a strict policy holds;
//! - code gets its colours and the path that it was included from;
//! - images lose the check box that mdBook wraps them in;
//! - comments go, and in the printed book every fold is open.

use std::fmt::Write as _;

use crate::contents::Contents;
use crate::html::{self, Piece, Pieces, Tag};
use crate::markup::escape;
use crate::{highlight, suggest};

/// Where the template wants the table of contents.
const CONTENTS_PLACE: &str = "<!-- contents -->";

/// Where the template wants what only the live book has.
const LIVE_PLACE: &str = "<!-- live -->";

/// What a page of the live book knows of its server.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a> {
    /// The build's name: the server says whether it is still the last.
    pub build: &'a str,
    /// What the page shows when it asks the server to act.
    pub token: &'a str,
}

/// What a page is finished with.
#[derive(Debug, Clone, Copy)]
pub struct Finish<'a> {
    /// Put beside every page.
    pub contents: &'a Contents,
    /// In the live book.
    pub live: Option<Live<'a>>,
}

impl Finish<'_> {
    /// The finished page; `name` is its path from the book's root.
    ///
    /// # Errors
    ///
    /// Each thing that cannot be finished, as a sentence.
    pub fn page(&self, name: &str, html: &str) -> Result<String, Vec<String>> {
        let to_root = "../".repeat(name.matches('/').count());
        let contents = self.contents.html(name, &to_root);
        let live = self.live.map_or(String::new(), |Live { build, token }| {
            let (build, token) = (escape(build), escape(token));
            format!("<meta name=\"workbook-live\" content=\"{build}\" data-token=\"{token}\">")
        });
        let mut page = Page {
            print: name == "print.html",
            out: String::with_capacity(html.len()),
            wrong: Vec::new(),
        };
        let mut pieces = html::pieces(html);
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Other(CONTENTS_PLACE) => page.out.push_str(&contents),
                Piece::Other(LIVE_PLACE) => page.out.push_str(&live),
                Piece::Other(raw) if raw.starts_with("<!--") => {}
                Piece::Open(tag) => page.open(tag, &mut pieces),
                other => page.out.push_str(other.raw()),
            }
        }
        if page.wrong.is_empty() { Ok(page.out) } else { Err(page.wrong) }
    }
}

struct Page {
    print: bool,
    out: String,
    wrong: Vec<String>,
}

impl Page {
    fn open<'a>(&mut self, tag: Tag<'a>, pieces: &mut Pieces<'a>) {
        match tag.name {
            "pre" => self.code(tag, pieces),
            "label" if tag.has_class("checkbox-label") => self.image(pieces),
            "details" if self.print => {
                let _ = write!(self.out, "<details open{}", &tag.raw["<details".len()..]);
            }
            _ => match tag.attribute("style") {
                Some(style) => self.styled(tag, &style),
                None => self.out.push_str(tag.raw),
            },
        }
    }

    /// mdBook writes two inline styles; an author's own is an error.
    fn styled(&mut self, tag: Tag<'_>, style: &str) {
        let class = match style.strip_prefix("text-align: ") {
            Some("left") => "left",
            Some("center") => "center",
            Some("right") => "number",
            _ if style.starts_with("break-before: page") => "page-break",
            _ => {
                self.wrong.push(format!(
                    "`{}` has a style of its own (use a class of the theme)",
                    tag.raw
                ));
                return;
            }
        };
        let _ = write!(self.out, "<{} class=\"{class}\">", tag.name);
    }

    /// The image alone: the check box enlarges it by a trick that readers without a mouse cannot
    /// use.
    fn image<'a>(&mut self, pieces: &mut Pieces<'a>) {
        let inside: Vec<_> = pieces
            .take_while(|piece| !matches!(piece, Piece::Close("label", _)))
            .filter_map(|piece| match piece {
                Piece::Open(tag) if tag.name == "img" => Some(tag.raw),
                _ => None,
            })
            .collect();
        self.out.push_str(inside.first().copied().unwrap_or_default());
    }

    /// `<pre><code class="language-rust path=…">`, up to its end.
    fn code<'a>(&mut self, pre: Tag<'a>, pieces: &mut Pieces<'a>) {
        let inside: Vec<_> =
            pieces.take_while(|piece| !matches!(piece, Piece::Close("pre", _))).collect();
        let Some((Piece::Open(code), inside)) = inside.split_first() else {
            self.wrong.push(format!("`{}` holds no code (write a fenced code block)", pre.raw));
            return;
        };
        if inside.iter().any(|piece| matches!(piece, Piece::Open(_))) {
            let rule = "a code block has lines that begin with `# `, which mdBook hides (include the part to show)";
            self.wrong.push(rule.to_owned());
            return;
        }
        let class = code.attribute("class").unwrap_or_default();
        let mut words = class.split_whitespace();
        let language =
            words.clone().find_map(|word| word.strip_prefix("language-")).unwrap_or("text");
        let mut paths: Vec<_> =
            words.by_ref().filter_map(|word| word.strip_prefix("path=")).collect();
        paths.dedup();
        let text: String = inside.iter().map(|piece| html::text(piece.raw())).collect();
        if text.trim().is_empty() {
            self.wrong.push(format!(
                "a code block of language `{language}` is empty (include something)"
            ));
            return;
        }
        let Some(coloured) = highlight::html(language, &text) else {
            let choice = suggest::choice(language, highlight::names());
            self.wrong.push(format!("code of language `{language}` {choice}"));
            return;
        };
        let block =
            format!("<pre><code class=\"language-{}\">{coloured}</code></pre>", escape(language));
        if paths.is_empty() {
            let _ = write!(self.out, "<div class=\"code\">{block}</div>");
            return;
        }
        let paths: Vec<_> =
            paths.iter().map(|path| format!("<code>{}</code>", escape(path))).collect();
        let caption = paths.join(" ");
        let _ = write!(
            self.out,
            "<figure class=\"code\"><figcaption>{caption}</figcaption>{block}</figure>"
        );
    }
}
