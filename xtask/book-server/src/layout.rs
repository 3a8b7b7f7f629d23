//! What stands where in a chapter: code, headings, prose.
//!
//! Asked of mdBook's own parser, so that a directive in a code block is one exactly where the page
//! shows one.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

/// The layout of one chapter; ranges are in bytes of its text.
#[derive(Debug, Default)]
pub struct Layout {
    code: Vec<Code>,
    headings: Vec<(usize, u8)>,
}

/// A block or a span of code.
#[derive(Debug, Clone)]
pub struct Code {
    /// With its fences or backticks.
    pub range: Range<usize>,
    /// The info string of a fenced block, `rust,ignore`.
    pub info: Option<String>,
}

impl Layout {
    /// Reads a chapter.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut layout = Self::default();
        for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter()
        {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => Some(info.into_string()),
                        CodeBlockKind::Indented => None,
                    };
                    layout.code.push(Code { range, info });
                }
                Event::Code(_) => layout.code.push(Code { range, info: None }),
                Event::Start(Tag::Heading { level, .. }) => {
                    layout.headings.push((range.start, depth(level)))
                }
                _ => {}
            }
        }
        layout
    }

    /// The code that this byte stands in.
    #[must_use]
    pub fn code_at(&self, at: usize) -> Option<&Code> {
        self.code.iter().find(|code| code.range.contains(&at))
    }

    /// The level of the last heading before this byte.
    #[must_use]
    pub fn heading_before(&self, at: usize) -> u8 {
        self.headings.iter().rev().find(|(start, _)| *start < at).map_or(1, |(_, level)| *level)
    }
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
