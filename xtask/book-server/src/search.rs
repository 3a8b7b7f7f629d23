//! The index that the search box loads: the book's text, section by section.
//!
//! It is a classic script, because a page opened from a file may load no other kind of data. The
//! text itself is all that the search needs at this size: mdBook's own index of words is many times
//! as large.

use crate::html::{self, Piece};
use crate::markup::unescape;

/// The index's file, from the book's root.
pub const FILE: &str = "search-index.js";

/// Tags within a word or a sentence; any other ends a word.
const INLINE: [&str; 11] =
    ["a", "code", "data", "del", "em", "kbd", "span", "strong", "sub", "sup", "time"];

/// A part of a page that a heading begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    page: String,
    /// The heading's id; none before the first.
    id: String,
    /// The page's title, and this section's.
    titles: [String; 2],
    text: String,
}

/// The sections of a finished page.
#[must_use]
pub fn sections(page: &str, html: &str) -> Vec<Section> {
    let mut reader =
        Reader { page, title: None, sections: Vec::new(), heading: None, text: String::new() };
    let mut pieces = html::pieces(html).skip_while(|piece| !is_main(piece)).skip(1);
    let (mut hidden, mut answers) = (0_u32, 0_u32);
    for piece in pieces.by_ref().take_while(|piece| !matches!(piece, Piece::Close("main", _))) {
        match piece {
            // Whoever looks for a word has not asked for the answers of a quiz.
            Piece::Open(tag)
                if tag.name == "li" && (answers > 0 || tag.attribute("data-answer").is_some()) =>
            {
                answers += 1;
            }
            Piece::Close("li", _) if answers > 0 => answers -= 1,
            _ if answers > 0 => {}
            // The words in a drawing are said again by its caption and the text.
            Piece::Open(tag) if tag.name == "svg" => hidden += 1,
            Piece::Close("svg", _) => hidden = hidden.saturating_sub(1),
            _ if hidden > 0 => {}
            Piece::Open(tag) if is_heading(tag.name) && tag.attribute("id").is_some() => {
                reader.begin(tag.attribute("id").unwrap_or_default().into_owned());
            }
            Piece::Close(name, _) if is_heading(name) => reader.titled(),
            Piece::Open(tag) if !INLINE.contains(&tag.name) => reader.text.push(' '),
            Piece::Close(name, _) if !INLINE.contains(&name) => reader.text.push(' '),
            Piece::Text(text) => reader.text.push_str(text),
            _ => {}
        }
    }
    reader.finish();
    reader.sections
}

/// The script that hands the sections to the search box.
#[must_use]
pub fn script(sections: &[Section]) -> String {
    let rows: Vec<_> = sections
        .iter()
        .map(|Section { page, id, titles: [title, heading], text }| {
            [page, id, title, heading, text]
        })
        .collect();
    let rows = serde_json::to_string(&rows).expect("strings are always JSON");
    format!("window.workbookSearch({rows});\n")
}

fn is_main(piece: &Piece<'_>) -> bool {
    matches!(piece, Piece::Open(tag) if tag.name == "main")
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3")
}

struct Reader<'a> {
    page: &'a str,
    title: Option<String>,
    sections: Vec<Section>,
    /// The id of the section that is read, and its title once that is read.
    heading: Option<(String, Option<String>)>,
    /// Escaped, with its spaces.
    text: String,
}

impl Reader<'_> {
    fn words(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        unescape(&text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn begin(&mut self, id: String) {
        self.finish();
        self.heading = Some((id, None));
    }

    fn titled(&mut self) {
        if matches!(self.heading, Some((_, None))) {
            let words = self.words();
            self.title.get_or_insert_with(|| words.clone());
            if let Some((_, title)) = &mut self.heading {
                *title = Some(words);
            }
        }
    }

    fn finish(&mut self) {
        let text = self.words();
        let (id, heading) = self.heading.take().unwrap_or_default();
        let heading = heading.unwrap_or_default();
        if text.is_empty() && heading.is_empty() {
            return;
        }
        let title = self.title.clone().unwrap_or_else(|| heading.clone());
        self.sections.push(Section {
            page: self.page.to_owned(),
            id,
            titles: [title, heading],
            text,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_at_its_headings() {
        let html = "<nav>no</nav><main><h1 id=\"a\"><a href=\"#a\">A &amp; B</a></h1><p>one <em>t</em>wo</p><p>three\
                    <svg><text>no</text></svg></p><h4 id=\"x\">four</h4><h2 id=\"c\">C</h2></main><p>no</p>";
        let section = |id: &str, heading: &str, text: &str| Section {
            page: "p.html".to_owned(),
            id: id.to_owned(),
            titles: ["A & B".to_owned(), heading.to_owned()],
            text: text.to_owned(),
        };
        assert_eq!(
            sections("p.html", html),
            [section("a", "A & B", "one two three four"), section("c", "C", "")]
        );
    }

    #[test]
    fn the_answers_of_a_quiz_are_not_found() {
        let html = "<main><h1 id=\"a\">A</h1><ul><li>one</li></ul><ol><li data-answer=\"q\"><p>no</p><ol><li>no</li></ol>\
                    no</li></ol><p>two</p></main>";
        let texts: Vec<_> =
            sections("p.html", html).into_iter().map(|section| section.text).collect();
        assert_eq!(texts, ["one two"]);
    }

    #[test]
    fn the_script_calls_the_search_box() {
        let sections = sections("p.html", "<main><h1 id=\"a\">\"A\"</h1></main>");
        assert_eq!(
            script(&sections),
            "window.workbookSearch([[\"p.html\",\"a\",\"\\\"A\\\"\",\"\\\"A\\\"\",\"\"]]);\n"
        );
    }
}
