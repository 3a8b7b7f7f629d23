//! What a client is told: a problem document (RFC 9457).

use std::fmt::{self, Write};

use serde::Serialize;

/// How many faults one answer lists.
pub const VIOLATIONS_MAX: usize = 16;

/// How much of something that the client sent is sent back, in characters.
const ECHO_MAX: usize = 32;

/// How much of a parser's message is passed on, in characters.
const MESSAGE_MAX: usize = 200;

/// A problem document. It is sent as [`Problem::MEDIA_TYPE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Which kind of problem, for programs: a URI reference, whole from the root (RFC 9457 §3.1.1).
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The same for people.
    pub title: &'static str,
    /// The status of the answer: 400 for what cannot be read, 422 for what is not valid.
    pub status: u16,
    /// What it was this time.
    pub detail: String,
    /// Each fault, in the order of the document, and then what is missing; at most [`VIOLATIONS_MAX`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Violation>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Where, as a JSON Pointer in a URI fragment (RFC 6901 §6): `#/email`. It stays a true pointer: a fault in
    /// something whose name is too long to send back is one of the object around it.
    pub pointer: String,
    /// What must hold.
    pub detail: String,
}

impl Problem {
    /// The media type of problem documents in JSON.
    pub const MEDIA_TYPE: &str = "application/problem+json";

    pub(super) fn malformed(cause: impl fmt::Display) -> Self {
        let message = cause.to_string();
        let (message, more) = shortened(&message, MESSAGE_MAX);
        Self {
            kind: "/problems/malformed-body",
            title: "The body cannot be read",
            status: 400,
            detail: format!("{message}{more}"),
            errors: Vec::new(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl std::error::Error for Problem {}

/// The faults that were found so far.
#[derive(Debug, Default)]
pub(super) struct Violations {
    listed: Vec<Violation>,
    /// With those that are not listed.
    count: usize,
}

impl Violations {
    /// Notes a fault of a field, or of the document where no field is named.
    pub(super) fn note(&mut self, field: Option<&str>, detail: fmt::Arguments<'_>) {
        self.count += 1;
        if self.listed.len() < VIOLATIONS_MAX {
            self.listed.push(Violation { pointer: pointer(field), detail: detail.to_string() });
        }
    }

    /// Notes a field that a user does not have.
    pub(super) fn note_unknown(&mut self, name: &str) {
        let (echo, more) = shortened(name, ECHO_MAX);
        let field = more.is_empty().then_some(name);
        self.note(field, format_args!("a user has no field `{echo}{more}`"));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn into_problem(self) -> Problem {
        let detail = match self.count {
            1 => "1 fault".to_owned(),
            count if count > self.listed.len() => {
                format!("{count} faults, of which the first {VIOLATIONS_MAX} are listed")
            }
            count => format!("{count} faults"),
        };
        Problem {
            kind: "/problems/invalid-user",
            title: "The user is not valid",
            status: 422,
            detail,
            errors: self.listed,
        }
    }
}

/// The pointer to a member of the document, or to all of it: escaped twice, as a pointer and as a fragment.
fn pointer(member: Option<&str>) -> String {
    let mut pointer = String::from("#");
    if member.is_some() {
        pointer.push('/');
    }
    for byte in member.unwrap_or_default().bytes() {
        match byte {
            b'~' => pointer.push_str("~0"),
            b'/' => pointer.push_str("~1"),
            _ if may_stand_in_fragment(byte) => pointer.push(byte.into()),
            _ => write!(pointer, "%{byte:02X}").expect("a string takes what memory takes"),
        }
    }
    pointer
}

/// Without `~` and `/`, which mean something in a pointer (RFC 3986 §3.5).
fn may_stand_in_fragment(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._!$&'()*+,;=:@?".contains(&byte)
}

/// The first `characters_max` of `text`, and a sign if there are more.
fn shortened(text: &str, characters_max: usize) -> (&str, &'static str) {
    match text.char_indices().nth(characters_max) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    }
}
