//! What a route is written as.

use super::{PARAMETERS_MAX, RouteError};

/// A segment of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(&'static str),
    Parameter(&'static str),
    Rest(&'static str),
}

impl Segment {
    /// What a segment of a pattern that [`parse`] let through is.
    #[inline]
    pub(super) fn of(text: &'static str) -> Self {
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => name.strip_prefix('*').map_or(Self::Parameter(name), Self::Rest),
            None => Self::Literal(text),
        }
    }

    fn name(self) -> Option<&'static str> {
        match self {
            Self::Literal(_) => None,
            Self::Parameter(name) | Self::Rest(name) => Some(name),
        }
    }

    /// The rule that it breaks on its own.
    fn fault(self) -> Option<&'static str> {
        match self {
            Self::Literal("." | "..") => Some("a dot segment is refused in every path"),
            Self::Literal(text) if text.contains(['{', '}']) => {
                Some("a parameter is a whole segment")
            }
            Self::Literal(text) if text.contains(['%', '?', '#']) => {
                Some("a literal is written decoded, without `%`, `?` and `#`")
            }
            Self::Literal(text) if text.contains(char::is_control) => {
                Some("a literal has no control characters")
            }
            Self::Parameter(name) | Self::Rest(name) if !is_name(name) => {
                Some("a name is ASCII letters, digits and `_`")
            }
            _ => None,
        }
    }
}

/// The segments of `pattern`.
pub(super) fn parse(pattern: &'static str) -> Result<Vec<Segment>, RouteError> {
    let malformed = |rule| RouteError::Malformed { pattern, rule };
    let text = pattern.strip_prefix('/').ok_or(malformed("it begins with a slash"))?;
    let segments: Vec<Segment> = text.split('/').map(Segment::of).collect();
    let mut names = Vec::new();
    for (position, segment) in segments.iter().enumerate() {
        let is_last = position + 1 == segments.len();
        match segment {
            Segment::Literal("") if !is_last => {
                return Err(malformed("only the last segment may be empty"));
            }
            Segment::Rest(_) if !is_last => return Err(malformed("nothing comes behind the rest")),
            _ => {}
        }
        if let Some(rule) = segment.fault() {
            return Err(malformed(rule));
        }
        names.extend(segment.name());
    }
    if names.len() > PARAMETERS_MAX {
        return Err(RouteError::Parameters(pattern));
    }
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(malformed("no two parameters have the same name"));
    }
    Ok(segments)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether `text` is a token (RFC 9110 §5.6.2).
pub(super) fn is_token(text: &str) -> bool {
    let is_mark = |byte| b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte))
}
