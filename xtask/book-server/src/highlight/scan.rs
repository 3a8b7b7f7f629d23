//! The scanner: code in, stretches out.

use super::language::Language;
use super::{Class, Stretch};

/// The code cut into stretches; put together they are the code.
pub(super) fn stretches<'a>(language: &Language, code: &'a str) -> Vec<Stretch<'a>> {
    let mut scan = Scan { language, code, at: 0 };
    let mut out: Vec<Stretch<'a>> = Vec::new();
    let mut plain = 0;
    while scan.at < code.len() {
        let start = scan.at;
        let class = scan.step();
        if class == Class::Plain {
            continue;
        }
        if plain < start {
            out.push((Class::Plain, &code[plain..start]));
        }
        out.push((class, &code[start..scan.at]));
        plain = scan.at;
    }
    if plain < code.len() {
        out.push((Class::Plain, &code[plain..]));
    }
    out
}

struct Scan<'a> {
    language: &'a Language,
    code: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        &self.code[self.at..]
    }

    /// Moves over the next thing and says what it is; always moves.
    fn step(&mut self) -> Class {
        let Some(next) = self.rest().chars().next() else {
            return Class::Plain;
        };
        if let Some(bytes) = self.comment() {
            self.at += bytes;
            return Class::Comment;
        }
        if self.language.traits.rust
            && let Some((class, bytes)) = rust(self.rest())
        {
            self.at += bytes;
            return class;
        }
        if self.language.traits.headings && next == '[' && self.starts_line() {
            self.at += self.rest().find([']', '\n']).map_or(self.rest().len(), |end| end + 1);
            return Class::Type;
        }
        if self.language.quotes.contains(&next) {
            return self.text(next);
        }
        if next.is_ascii_digit() && !self.language.traits.no_numbers {
            self.at += number(self.rest());
            return Class::Number;
        }
        if next.is_alphabetic() || next == '_' {
            return self.word();
        }
        self.at += next.len_utf8();
        Class::Plain
    }

    fn starts_line(&self) -> bool {
        self.code[..self.at].rsplit('\n').next().is_none_or(|before| before.trim().is_empty())
    }

    fn comment(&self) -> Option<usize> {
        let rest = self.rest();
        let spaced = self.code[..self.at].chars().next_back().is_none_or(char::is_whitespace);
        if self.language.line_comments.iter().any(|mark| rest.starts_with(mark))
            && (spaced || !self.language.traits.spaced_comments)
        {
            return Some(rest.find('\n').unwrap_or(rest.len()));
        }
        let (open, close) = self.language.block_comment?;
        rest.starts_with(open).then(|| block_comment(rest, open, close, self.language.traits.rust))
    }

    fn text(&mut self, quote: char) -> Class {
        let bytes = quoted(self.rest(), quote);
        self.at += bytes;
        let key = self.language.traits.string_keys && self.rest().trim_start().starts_with(':');
        if key { Class::Type } else { Class::Text }
    }

    fn word(&mut self) -> Class {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        self.at += end;
        let language = self.language;
        let known = |words: &[&str]| match language.traits.any_case {
            true => words.iter().any(|known| known.eq_ignore_ascii_case(word)),
            false => words.contains(&word),
        };
        if known(language.keywords) {
            Class::Keyword
        } else if known(language.types) {
            Class::Type
        } else if language.traits.rust && after.starts_with('!') && !after.starts_with("!=") {
            self.at += 1;
            Class::Attribute
        } else if !language.traits.names_tell {
            Class::Plain
        } else if word.starts_with(char::is_uppercase) {
            Class::Type
        } else if after.starts_with('(') {
            Class::Call
        } else {
            Class::Plain
        }
    }
}

/// What only Rust has: raw strings, bytes, characters, lifetimes and attributes.
fn rust(rest: &str) -> Option<(Class, usize)> {
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        let after = rest.strip_prefix(prefix).unwrap_or_default();
        after.starts_with('"')
            || (prefix.ends_with('r') && after.trim_start_matches('#').starts_with('"'))
    });
    if let Some(prefix) = prefix {
        let after = &rest[prefix.len()..];
        let bytes = match prefix.ends_with('r') {
            true => raw_string(after),
            false => quoted(after, '"'),
        };
        return Some((Class::Text, prefix.len() + bytes));
    }
    if let Some(name) = rest.strip_prefix("r#").filter(|name| name.starts_with(char::is_alphabetic))
    {
        let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
        return Some((Class::Plain, 2 + end));
    }
    if rest.starts_with("#[") || rest.starts_with("#![") {
        return Some((Class::Attribute, bracketed(rest)));
    }
    let byte = usize::from(rest.starts_with("b'"));
    let inside = rest[byte..].strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' || inside[first.len_utf8()..].starts_with('\'') {
        return Some((Class::Text, byte + quoted(&rest[byte..], '\'')));
    }
    let name = inside.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(inside.len());
    (byte == 0 && name > 0).then_some((Class::Type, 1 + name))
}

/// From the hashes or the quote on.
fn raw_string(text: &str) -> usize {
    let hashes = text.len() - text.trim_start_matches('#').len();
    let close = format!("\"{}", "#".repeat(hashes));
    let open = hashes + 1;
    text[open..].find(&close).map_or(text.len(), |end| open + end + close.len())
}

/// From the opening quote to behind the closing one; a backslash takes the next character along.
fn quoted(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return at + quote.len_utf8();
        }
        if character == '\\' {
            characters.next();
        }
    }
    text.len()
}

/// From `#` to behind the bracket that closes the attribute.
fn bracketed(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        at += match next {
            '"' => quoted(&text[at..], '"'),
            _ => next.len_utf8(),
        };
        match next {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn block_comment(text: &str, open: &str, close: &str, nested: bool) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with(open) && (nested || depth == 0) {
            depth += 1;
            at += open.len();
        } else if rest.starts_with(close) {
            depth -= 1;
            at += close.len();
            if depth == 0 {
                return at;
            }
        } else {
            at += next.len_utf8();
        }
    }
    text.len()
}

/// Digits, a unit or type behind them, one fraction, an exponent with its sign.
fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let hex = text.starts_with("0x");
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        let exponent = !hex
            && matches!(bytes[at - 1], b'e' | b'E')
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        let fraction = byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        if byte.is_ascii_alphanumeric()
            || byte == b'_'
            || fraction
            || (exponent && matches!(byte, b'-' | b'+'))
        {
            at += 1;
        } else {
            break;
        }
    }
    at
}
