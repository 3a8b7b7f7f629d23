//! Reading the pages that mdBook wrote.
//!
//! mdBook serializes a tree, so tags are closed, attributes quoted and text escaped. This reader
//! needs no more than that; it never fails, and the pieces it returns, put one behind the other,
//! are the page.

use std::borrow::Cow;

use crate::markup::unescape;

/// A piece of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// `<name attributes>` or `<name attributes />`.
    Open(Tag<'a>),
    /// `</name>`: the name, and the whole piece.
    Close(&'a str, &'a str),
    /// Escaped text between tags, or what a script holds.
    Text(&'a str),
    /// A comment or a document type.
    Other(&'a str),
}

impl<'a> Piece<'a> {
    /// As it stands in the page.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        match self {
            Self::Open(tag) => tag.raw,
            Self::Close(_, raw) | Self::Text(raw) | Self::Other(raw) => raw,
        }
    }
}

/// An opening tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag<'a> {
    /// As written; mdBook writes lower case.
    pub name: &'a str,
    /// The whole tag.
    pub raw: &'a str,
}

impl<'a> Tag<'a> {
    /// Each attribute with its text; one without a value has an empty text.
    pub fn attributes(&self) -> Attributes<'a> {
        let inner = self.raw.trim_start_matches('<').trim_end_matches('>');
        Attributes { rest: &inner[self.name.len()..] }
    }

    /// The text of one attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attributes()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Whether the attribute `class` has this word.
    #[must_use]
    pub fn has_class(&self, wanted: &str) -> bool {
        self.attribute("class")
            .is_some_and(|class| class.split_whitespace().any(|word| word == wanted))
    }
}

/// See [`Tag::attributes`].
#[derive(Debug)]
pub struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = self.rest.find(|c: char| c.is_whitespace() || c == '=' || c == '/');
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if name.is_empty() {
            self.rest = "";
            return None;
        }
        let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
            self.rest = rest;
            return Some((name, Cow::Borrowed("")));
        };
        let (value, rest) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, unescape(value)))
    }
}

/// The pieces of a page, in order.
pub fn pieces(html: &str) -> Pieces<'_> {
    Pieces { rest: html, inside: None }
}

/// See [`pieces`].
#[derive(Debug)]
pub struct Pieces<'a> {
    rest: &'a str,
    /// The element whose content is not markup.
    inside: Option<&'a str>,
}

impl<'a> Pieces<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (piece, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        piece
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(name) = self.inside.take() {
            let end = self.rest.find(&format!("</{name}")).unwrap_or(self.rest.len());
            if end > 0 {
                return Some(Piece::Text(self.take(end)));
            }
        }
        if let Some(comment) = self.rest.strip_prefix("<!--") {
            let end = comment.find("-->").map_or(self.rest.len(), |end| end + 7);
            return Some(Piece::Other(self.take(end)));
        }
        if !starts_tag(self.rest) {
            let end = self
                .rest
                .match_indices('<')
                .map(|(at, _)| at)
                .find(|&at| starts_tag(&self.rest[at..]));
            return Some(Piece::Text(self.take(end.unwrap_or(self.rest.len()))));
        }
        let raw = self.take(tag_end(self.rest));
        Some(match raw.as_bytes()[1] {
            b'!' => Piece::Other(raw),
            b'/' => Piece::Close(raw[2..].trim_end_matches('>').trim_end(), raw),
            _ => {
                let end = raw[1..].find(|c: char| c.is_whitespace() || c == '>' || c == '/');
                let name = &raw[1..1 + end.unwrap_or(raw.len() - 1)];
                if matches!(name, "script" | "style") {
                    self.inside = Some(name);
                }
                Piece::Open(Tag { name, raw })
            }
        })
    }
}

fn starts_tag(html: &str) -> bool {
    let bytes = html.as_bytes();
    bytes[0] == b'<'
        && bytes
            .get(1)
            .is_some_and(|&next| next.is_ascii_alphabetic() || next == b'/' || next == b'!')
}

/// Where the tag ends that the text begins with; a `>` in quotes does not end it.
fn tag_end(html: &str) -> usize {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    html.len()
}

/// The text of some pieces, without tags, unescaped.
#[must_use]
pub fn text(html: &str) -> String {
    let text: String = pieces(html)
        .filter_map(|piece| match piece {
            Piece::Text(text) => Some(text),
            _ => None,
        })
        .collect();
    unescape(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_are_the_page() {
        for html in [
            "<!DOCTYPE html><p class=\"a b\">1 < 2 &amp; 3 > 2</p><br/><!-- <b> --><img alt='>' src=x>",
            "<script src=\"a.js\"></script><script>if (a < b) { \"</p>\" }</script>",
            "text only, 5 < 6",
            "<",
            "<a",
            "<a href=\"x",
            "<!-- open",
            "ü<é>",
            "",
        ] {
            assert_eq!(pieces(html).map(|piece| piece.raw()).collect::<String>(), html);
        }
    }

    #[test]
    fn attributes_are_read_in_every_notation() {
        let Some(Piece::Open(tag)) =
            pieces("<input type=checkbox disabled title=\"a &gt; b\" alt='' />").next()
        else {
            panic!("an opening tag is an opening tag");
        };
        assert_eq!(tag.name, "input");
        let found: Vec<_> = tag.attributes().collect();
        assert_eq!(
            found,
            [
                ("type", "checkbox".into()),
                ("disabled", "".into()),
                ("title", "a > b".into()),
                ("alt", "".into())
            ]
        );
    }
}
