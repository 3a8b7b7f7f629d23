//! What a head says, looked for when somebody asks.

use super::Body;
use super::field::Field;
use super::line::{RequestLine, Version};

// ANCHOR: head
/// A request's head: a view of the bytes that it was read from.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) line: &'a RequestLine,
    pub(super) fields: &'a [Field],
    /// How many bytes it has.
    pub length: usize,
    /// What comes behind it.
    pub body: Body,
    /// Whether the connection may have another request behind that.
    pub keep_alive: bool,
    /// The client waits to be told that it shall send the body (RFC 9110 §10.1.1).
    pub expects_continue: bool,
}
// ANCHOR_END: head

impl<'a> Head<'a> {
    /// The method, as it was sent: methods differ by case.
    #[inline]
    #[must_use]
    pub fn method(&self) -> &'a str {
        str::from_utf8(self.line.method.cut(self.bytes)).expect("a token is ASCII")
    }

    /// What it is for, as it was sent: `/users?page=2`, or a whole URL, or `*`.
    #[inline]
    #[must_use]
    pub fn target(&self) -> &'a str {
        str::from_utf8(self.line.target.cut(self.bytes)).expect("a target is ASCII")
    }

    /// The path of the target, percent-encoded as it was sent.
    #[inline]
    #[must_use]
    pub fn path(&self) -> &'a str {
        let (path, _) = self.local();
        path
    }

    /// What stands behind the `?` of the target, or nothing.
    #[inline]
    #[must_use]
    pub fn query(&self) -> &'a str {
        let (_, query) = self.local();
        query
    }

    /// Path and query. Only a whole URL does not begin with its path (RFC 9112 §3.2.2).
    fn local(&self) -> (&'a str, &'a str) {
        let target = self.target();
        let local = match target.split_once("://") {
            Some((_, rest)) if !target.starts_with('/') => {
                rest.find(['/', '?']).map_or("", |end| &rest[end..])
            }
            _ => target,
        };
        let (path, query) = local.split_once('?').unwrap_or((local, ""));
        (if path.is_empty() { "/" } else { path }, query)
    }

    /// The client's version.
    #[inline]
    #[must_use]
    pub fn version(&self) -> Version {
        self.line.version
    }

    /// The value of the first field of that name, in whatever case.
    #[inline]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The values of all fields of that name, in their order.
    #[inline]
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let is_named = move |&(field, _): &(&str, _)| field.eq_ignore_ascii_case(name);
        self.fields().filter(is_named).map(|(_, value)| value)
    }

    /// Names and values of all fields, in their order.
    #[inline]
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        let bytes = self.bytes;
        self.fields.iter().map(move |field| {
            let name = str::from_utf8(field.name.cut(bytes)).expect("a token is ASCII");
            (name, field.value.cut(bytes))
        })
    }
}
