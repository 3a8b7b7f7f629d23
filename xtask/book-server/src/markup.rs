//! Text into HTML.

use std::borrow::Cow;
use std::fmt::Write as _;
use xtask::table::thousands;

use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

/// Text that stands between tags or in a quoted attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// The text of escaped HTML: the five names that [`escape`] and mdBook write, and numbers.
#[must_use]
pub fn unescape(html: &str) -> Cow<'_, str> {
    if !html.contains('&') {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let near = rest.len().min(12);
        let Some(end) = rest.as_bytes()[..near].iter().position(|&byte| byte == b';') else {
            out.push('&');
            rest = &rest[1..];
            continue;
        };
        match entity(&rest[1..end]) {
            Some(character) => out.push(character),
            None => out.push_str(&rest[..=end]),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

/// A sentence of `workbook.toml`, where backticks mark code as they do in the terminal.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split('`').peekable();
    let mut code = false;
    while let Some(part) = parts.next() {
        match (code, parts.peek().is_some()) {
            (true, true) => _ = write!(out, "<code>{}</code>", escape(part)),
            // A last backtick that nothing closes is only a character.
            (true, false) => _ = write!(out, "`{}", escape(part)),
            (false, _) => out.push_str(&escape(part)),
        }
        code = !code;
    }
    out
}

/// A paragraph of a quiz: Markdown with `code`, *emphasis* and nothing else, read with mdBook's own parser.
///
/// # Errors
///
/// It is empty, or more than that.
pub fn inline(markdown: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut paragraphs = 0;
    for event in new_cmark_parser(markdown.trim(), &MarkdownOptions::default()) {
        match event {
            Event::Start(Tag::Paragraph) => paragraphs += 1,
            Event::End(TagEnd::Paragraph) => {}
            Event::Start(Tag::Emphasis) => out.push_str("<em>"),
            Event::End(TagEnd::Emphasis) => out.push_str("</em>"),
            Event::Text(text) => out.push_str(&escape(&text)),
            Event::Code(code) => _ = write!(out, "<code>{}</code>", escape(&code)),
            Event::SoftBreak => out.push(' '),
            _ => paragraphs = 2,
        }
    }
    match paragraphs {
        1 => Ok(out),
        0 => Err("a text is empty (write a sentence)".to_owned()),
        _ => Err("a text is more than a paragraph with `code` and *emphasis*".to_owned()),
    }
}

/// Text whose lines stay as they are. No line feed stands in it, so it cannot end HTML in Markdown.
#[must_use]
pub fn printed(text: &str) -> String {
    escape(text).replace('\n', "&#10;")
}

/// A count with its thousands told apart: `65,536`.
#[must_use]
pub fn count(number: u64) -> String {
    thousands(&number.to_string())
}

/// A measured number: `1,234.5`.
#[must_use]
pub fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (sign, text) = match text.strip_prefix('-') {
        // What rounds to nothing has no sign.
        Some(text) if text.bytes().any(|byte| matches!(byte, b'1'..=b'9')) => {
            ("−", text.to_owned())
        }
        Some(text) => ("", text.to_owned()),
        None => ("", text),
    };
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", thousands(whole)),
        None => format!("{sign}{}", thousands(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_comes_back() {
        let text = "a < b && c > \"d\" 'e' & &amp; &#65;";
        assert_eq!(unescape(&escape(text)), text);
        assert_eq!(unescape("&#x41;&nbsp;&unknown; &"), "A\u{a0}&unknown; &");
    }

    #[test]
    fn backticks_mark_code() {
        assert_eq!(sentence("what `write<T>` returns"), "what <code>write&lt;T&gt;</code> returns");
        assert_eq!(sentence("one ` only"), "one ` only");
    }

    #[test]
    fn a_paragraph_has_code_and_emphasis_and_nothing_else() {
        let html = inline("What `a < b` *means*,\nisn't it?").expect("it is a paragraph");
        assert_eq!(html, "What <code>a &lt; b</code> <em>means</em>, isn’t it?");
        for wrong in ["", " \n", "a\n\nb", "- a", "# a", "a <b>b</b>", "[a](b.md)", "a  \nb"] {
            assert!(inline(wrong).is_err(), "`{wrong}` is not one");
        }
    }

    #[test]
    fn what_is_printed_keeps_its_lines_in_one() {
        assert_eq!(printed("a\n\n<b>"), "a&#10;&#10;&lt;b&gt;");
        assert_eq!(unescape(&printed("a\n\n<b>")), "a\n\n<b>");
    }

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!(count(999), "999");
        assert_eq!(count(1460), "1,460");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(number(43.94, 1), "43.9");
        assert_eq!(number(-12345.0, 0), "−12,345");
        assert_eq!(number(-0.004, 2), "0.00");
    }
}
