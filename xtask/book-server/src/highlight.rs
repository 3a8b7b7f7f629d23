//! Colours for code, put in when the book is built.
//!
//! A page then needs no script for it and weighs less. The scanner knows comments, strings,
//! numbers, keywords and what an identifier is followed by, which is what the eye uses; it does not
//! parse. Its output without the tags is the code, whatever the code is.

mod language;
mod scan;

use crate::markup::escape;

/// What a stretch of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Comment,
    Text,
    Number,
    Keyword,
    Type,
    Call,
    Attribute,
    Prompt,
    Output,
}

impl Class {
    /// The class in the page; the theme colours it.
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Comment => Some("c"),
            Self::Text => Some("s"),
            Self::Number => Some("n"),
            Self::Keyword => Some("k"),
            Self::Type => Some("t"),
            Self::Call => Some("f"),
            Self::Attribute => Some("a"),
            Self::Prompt => Some("p"),
            Self::Output => Some("o"),
        }
    }
}

/// A stretch of code of one class.
type Stretch<'a> = (Class, &'a str);

/// The names that a code block may have behind its fence.
pub fn names() -> impl Iterator<Item = &'static str> {
    language::ALL
        .iter()
        .flat_map(|language| language.names.iter().copied())
        .chain(["console", "text"])
}

/// The code as HTML, or nothing when the language is not known.
#[must_use]
pub fn html(name: &str, code: &str) -> Option<String> {
    let stretches = match name {
        "text" => vec![(Class::Plain, code)],
        "console" => console(code),
        _ => scan::stretches(
            language::ALL.iter().find(|language| language.names.contains(&name))?,
            code,
        ),
    };
    Some(tagged(&stretches))
}

fn tagged(stretches: &[Stretch<'_>]) -> String {
    let mut out = String::new();
    for (class, text) in stretches {
        match class.name() {
            Some(name) => out.extend(["<span class=\"", name, "\">", &escape(text), "</span>"]),
            None => out.push_str(&escape(text)),
        }
    }
    out
}

/// A terminal: lines behind `$ ` are typed, also where a backslash continues them; the rest is
/// answered.
fn console(code: &str) -> Vec<Stretch<'_>> {
    let mut stretches = Vec::new();
    let mut typed = false;
    for line in code.split_inclusive('\n') {
        let command = match line.strip_prefix("$ ") {
            Some(command) => {
                stretches.push((Class::Prompt, &line[..2]));
                command
            }
            None if typed => line,
            None => {
                stretches.push((Class::Output, line));
                continue;
            }
        };
        stretches.extend(scan::stretches(&language::SHELL, command));
        typed = command.trim_end().ends_with('\\');
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(name: &str, code: &str) -> Vec<(Class, String)> {
        let language = language::ALL.iter().find(|language| language.names.contains(&name));
        let stretches = match language {
            Some(language) => scan::stretches(language, code),
            None => console(code),
        };
        let seen = stretches.into_iter().filter(|(class, _)| *class != Class::Plain);
        seen.map(|(class, text)| (class, text.to_owned())).collect()
    }

    fn assert_classes(name: &str, code: &str, expected: &[(Class, &str)]) {
        let expected: Vec<_> =
            expected.iter().map(|(class, text)| (*class, (*text).to_owned())).collect();
        assert_eq!(classes(name, code), expected, "{code}");
    }

    #[test]
    fn rust_literals_and_lifetimes_are_told_apart() {
        use Class::{Attribute, Call, Comment, Keyword, Number, Text, Type};
        assert_classes(
            "rust",
            "'a' 'static '\\'' b'x' ' '",
            &[(Text, "'a'"), (Type, "'static"), (Text, "'\\''"), (Text, "b'x'"), (Text, "' '")],
        );
        assert_classes(
            "rust",
            "r#\"a \" b\"# \"\\\"\" br\"\\\" r#fn",
            &[(Text, "r#\"a \" b\"#"), (Text, "\"\\\"\""), (Text, "br\"\\\"")],
        );
        assert_classes(
            "rust",
            "/* a /* b */ c */ // d\n/// e",
            &[(Comment, "/* a /* b */ c */"), (Comment, "// d"), (Comment, "/// e")],
        );
        assert_classes(
            "rust",
            "0..16 1_024u64 0xff_u8 1.5e-3",
            &[
                (Number, "0"),
                (Number, "16"),
                (Number, "1_024u64"),
                (Number, "0xff_u8"),
                (Number, "1.5e-3"),
            ],
        );
        assert_classes(
            "rust",
            "#[derive(Debug)]\npub fn read(x: Vec<u8>) { vec![read]; a != b }",
            &[
                (Attribute, "#[derive(Debug)]"),
                (Keyword, "pub"),
                (Keyword, "fn"),
                (Call, "read"),
                (Type, "Vec"),
                (Type, "u8"),
                (Attribute, "vec!"),
            ],
        );
    }

    #[test]
    fn a_terminal_has_prompts_commands_and_output() {
        use Class::{Output, Prompt, Text};
        assert_classes(
            "console",
            "$ echo 'a' \\\n  \"b\"\na b\n",
            &[(Prompt, "$ "), (Text, "'a'"), (Text, "\"b\""), (Output, "a b\n")],
        );
    }

    #[test]
    fn other_languages_have_their_comments_and_keys() {
        use Class::{Comment, Keyword, Number, Text, Type};
        assert_classes(
            "toml",
            "[a.b] # c\nx = \"#\"",
            &[(Type, "[a.b]"), (Comment, "# c"), (Text, "\"#\"")],
        );
        assert_classes(
            "json",
            "{\"a\": [1, true, \"b\"]}",
            &[(Type, "\"a\""), (Number, "1"), (Keyword, "true"), (Text, "\"b\"")],
        );
        assert_classes(
            "sql",
            "select 'it''s' -- all",
            &[(Keyword, "select"), (Text, "'it'"), (Text, "'s'"), (Comment, "-- all")],
        );
        assert_classes("sh", "a=$#; b#c # d", &[(Comment, "# d")]);
    }

    #[test]
    fn without_its_tags_it_is_the_code() {
        let odd = [
            "",
            "'",
            "\"",
            "r#\"",
            "/*",
            "#[",
            "b'",
            "0.",
            "'\\",
            "é'ü\"ß",
            "$ ",
            "\u{0}<&>",
            "[",
            "#",
        ];
        for name in names() {
            for code in odd {
                let html =
                    html(name, code).unwrap_or_else(|| panic!("`{name}` is a known language"));
                assert_eq!(crate::html::text(&html), code, "{name}");
            }
        }
    }
}
