#![allow(unused)] // delete when done
//! An answer, and the bytes that it becomes.
//!
//! # Map
//!
//! - [`encoder`]: from an answer to bytes, without taking memory.
//! - [`negotiation`]: which representation the client asked for.

use std::borrow::Cow;
use std::{error, fmt};

pub mod encoder;

pub mod negotiation;

/// An answer. Cleared and filled again, it takes no memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The media type of the body; empty, if there is none.
    pub content_type: &'static str,
    fields: Vec<(&'static str, Cow<'static, str>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A field has a line end or another control character in its value. Behind a line end whoever chose the value would write
/// fields of his own, or a whole answer (response splitting).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidValue(
    /// The name of the field.
    pub &'static str,
);

impl Response {
    /// One without a body.
    #[must_use]
    pub fn new() -> Self {
        Self { status: 200, content_type: "", fields: Vec::new(), body: Vec::new() }
    }

    /// Makes it as it was when it was new, and keeps its memory.
    pub fn clear(&mut self) {
        (self.status, self.content_type) = (200, "");
        self.fields.clear();
        self.body.clear();
    }

    /// Adds a field: a name in lower case, and visible characters, spaces and tabs.
    ///
    /// # Errors
    ///
    /// The value has others. The field is not added.
    pub fn add(
        &mut self,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Result<(), InvalidValue> {
        let value = value.into();
        if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return Err(InvalidValue(name));
        }
        self.fields.push((name, value));
        Ok(())
    }

    /// The fields that were added, in their order.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.fields.iter().map(|(name, value)| (*name, &**value))
    }
}

impl Default for Response {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value of `{}` has control characters", self.0)
    }
}

impl error::Error for InvalidValue {}
