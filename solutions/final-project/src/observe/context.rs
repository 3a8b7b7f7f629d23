//! Which trace a request belongs to, as programs tell each other (W3C Trace Context, level 1).
//!
//! ```text
//! traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//!      version ┘  └ trace                           └ the caller's span └ flags: 01 is sampled
//! ```

use std::fmt;

/// A trace, and where in it somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace's id, never zero.
    pub trace: u128,
    /// The id of a span of it, never zero: of who asks, or of what is being done.
    pub span: u64,
    /// Whether it is recorded, by who asks at least.
    pub sampled: bool,
}

/// How long the field is in the version that is known, and the least that a later one has (§4.3).
const LENGTH: usize = 55;
/// What versions may never be.
const NO_VERSION: &str = "ff";

impl TraceContext {
    /// Reads the field `traceparent`. `None` for what is none: then a trace begins here (§4.3).
    #[must_use]
    pub fn read(field: &str) -> Option<Self> {
        let (known, more) = (field.get(..LENGTH)?, &field[LENGTH..]);
        let mut parts = known.split('-');
        let (version, trace) = (parts.next()?, parts.next()?);
        let (span, flags) = (parts.next()?, parts.next()?);
        let lengths = (version.len(), trace.len(), span.len(), flags.len());
        // What a later version adds stands behind another hyphen.
        let more_is_right = if version == "00" {
            more.is_empty()
        } else {
            more.is_empty() || more.starts_with('-')
        };
        if lengths != (2, 32, 16, 2)
            || version == NO_VERSION
            || !more_is_right
            || !known.bytes().all(is_allowed)
        {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok().filter(|&trace| trace != 0)?;
        let span = u64::from_str_radix(span, 16).ok().filter(|&span| span != 0)?;
        u8::from_str_radix(version, 16).ok()?;
        let flags = u8::from_str_radix(flags, 16).ok()?;
        Some(Self { trace, span, sampled: flags & 1 == 1 })
    }
}

/// Upper-case digits are none (§2.2.2).
fn is_allowed(byte: u8) -> bool {
    byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

/// The field, for who is asked next.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}
