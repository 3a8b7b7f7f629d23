//! Entity tags (RFC 9110, section 8.8.3) and lists of them.

use super::OWS;

/// Whether a field like `If-Match` names `etag`, compared strongly: two weak tags are never the same.
pub(super) fn matches_strongly(list: &str, etag: &str) -> bool {
    list.trim_matches(OWS) == "*" || tags(list).any(|tag| is_strong(tag) && tag == etag)
}

/// Whether a field like `If-None-Match` names `etag`, compared weakly: `W/` makes no difference.
pub(super) fn matches_weakly(list: &str, etag: &str) -> bool {
    list.trim_matches(OWS) == "*" || tags(list).any(|tag| opaque(tag) == opaque(etag))
}

/// Whether `If-Range` holds this very tag. A list or `*` is not allowed there.
pub(super) fn is_the_strong(tag: &str, etag: &str) -> bool {
    is_strong(etag) && tag.trim_matches(OWS) == etag
}

/// The tags of a list, up to the first thing in it that is none.
fn tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        // Empty elements are to be skipped (section 5.6.1.2).
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let quoted = opaque(rest).strip_prefix('"')?;
        // A tag may contain a comma, but no quote.
        let end = rest.len() - quoted.len() + quoted.find('"')? + 1;
        let (tag, behind) = rest.split_at(end);
        rest = behind;
        Some(tag)
    })
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn is_strong(tag: &str) -> bool {
    tag.starts_with('"')
}
