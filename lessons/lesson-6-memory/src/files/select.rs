//! What a request gets of a file: the whole, a part, or an answer without it.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use super::range::{Asked, asked};
use super::tag::{is_the_strong, matches_strongly, matches_weakly};

/// What is true of a file, and is compared with a request's conditions.
#[derive(Debug, Clone, Copy)]
pub struct Validators<'a> {
    /// Bytes.
    pub length: u64,
    /// In its quotes.
    pub etag: &'a str,
    /// HTTP compares it in whole seconds.
    pub modified: SystemTime,
}

/// The method of a request, as far as conditions tell methods apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// The only one with ranges (RFC 9110, section 14.2).
    #[default]
    Get,
    /// A match of `If-None-Match` is "not modified", as for GET.
    Head,
    /// A match of `If-None-Match` is a failure, and dates of modification say nothing.
    Other,
}

/// The fields of a request that decide, as they came; several lines of one name joined by commas.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conditions<'a> {
    /// The request's method.
    pub method: Method,
    /// `If-Match`
    pub if_match: Option<&'a str>,
    /// `If-None-Match`
    pub if_none_match: Option<&'a str>,
    /// `If-Modified-Since`
    pub if_modified_since: Option<&'a str>,
    /// `If-Unmodified-Since`
    pub if_unmodified_since: Option<&'a str>,
    /// `If-Range`
    pub if_range: Option<&'a str>,
    /// `Range`
    pub range: Option<&'a str>,
}

/// What to answer with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// 200, and all of it.
    Whole,
    /// 206, and these bytes; there is at least one.
    Part(Range<u64>),
    /// 304: the client has it.
    NotModified,
    /// 412: it is not what the client takes it for.
    PreconditionFailed,
    /// 416: it has no such bytes.
    Unsatisfiable,
}

/// Decides in the order of RFC 9110, section 13.2.2.
///
/// What cannot be understood is ignored, as if it were not there, with the exception of tags: those that are no tags
/// match nothing.
#[must_use]
pub fn select(validators: Validators<'_>, conditions: &Conditions<'_>) -> Selected {
    // the three questions below answer them; what does a match mean for GET and HEAD, and what for others?
    todo!("the steps of section 13.2.2, in their order")
}

/// Steps 1 and 2: with a tag the date is not looked at.
fn is_what_the_client_expects(validators: Validators<'_>, conditions: &Conditions<'_>) -> bool {
    match (conditions.if_match, conditions.if_unmodified_since) {
        (Some(tags), _) => matches_strongly(tags, validators.etag),
        (None, Some(date)) => is_unmodified(validators, date).unwrap_or(true),
        (None, None) => true,
    }
}

/// Steps 3 and 4: likewise.
fn is_what_the_client_has(validators: Validators<'_>, conditions: &Conditions<'_>) -> bool {
    match (conditions.if_none_match, conditions.if_modified_since) {
        (Some(tags), _) => matches_weakly(tags, validators.etag),
        (None, Some(date)) if conditions.method != Method::Other => {
            is_unmodified(validators, date).unwrap_or(false)
        }
        (None, _) => false,
    }
}

/// Step 5.
///
/// A date in `If-Range` is never good enough: it must be known that the file did not change twice in that second
/// (sections 13.1.5 and 8.8.2.2), and nothing remembers that. Nobody loses by it, because a client that was given a
/// tag must not send a date there.
fn select_range(validators: Validators<'_>, conditions: &Conditions<'_>) -> Selected {
    let same = conditions.if_range.is_none_or(|tag| is_the_strong(tag, validators.etag));
    match conditions.range {
        Some(range) if same && conditions.method == Method::Get => {
            match asked(range, validators.length) {
                Asked::Part(part) => Selected::Part(part),
                Asked::Unsatisfiable => Selected::Unsatisfiable,
                Asked::Ignored => Selected::Whole,
            }
        }
        _ => Selected::Whole,
    }
}

/// Whether it has not been modified since, or `None` when that is no date: such a field counts as absent (sections
/// 13.1.3 and 13.1.4).
fn is_unmodified(validators: Validators<'_>, since: &str) -> Option<bool> {
    let since = httpdate::parse_http_date(since).ok()?;
    // A date has no fraction: within its second all times are equal.
    Some(validators.modified < since + Duration::from_secs(1))
}
