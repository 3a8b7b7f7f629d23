//! What a router should say, worked out by trying every pattern.

use std::collections::BTreeSet;

use lifecycle::router::NoRoute;
use proptest::prelude::*;

/// How a segment of a pattern matches, the most specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Literal,
    Parameter,
    Rest,
}

/// How `pattern` matches `path`, segment by segment, if it does.
fn matches(pattern: &str, path: &str) -> Option<Vec<Kind>> {
    let segments: Vec<&str> = path[1..].split('/').collect();
    let mut kinds = Vec::new();
    for (position, wanted) in pattern[1..].split('/').enumerate() {
        let segment = *segments.get(position)?;
        if wanted.starts_with("{*") {
            kinds.push(Kind::Rest);
            return (!segment.is_empty()).then_some(kinds);
        } else if wanted.starts_with('{') && !segment.is_empty() {
            kinds.push(Kind::Parameter);
        } else if segment.replace("%61", "a") == wanted {
            kinds.push(Kind::Literal);
        } else {
            return None;
        }
    }
    (kinds.len() == segments.len()).then_some(kinds)
}

/// What the best of all patterns that match says.
pub(super) fn expected<'p>(
    patterns: &BTreeSet<&'p str>,
    path: &str,
) -> Result<&'p str, NoRoute<'static>> {
    if path.split('/').any(|segment| segment == "..") {
        return Err(NoRoute::Malformed);
    }
    let matching = patterns.iter().filter_map(|pattern| Some((matches(pattern, path)?, *pattern)));
    match matching.min() {
        None => Err(NoRoute::NotFound),
        Some((kinds, _)) if kinds.last() == Some(&Kind::Rest) && rest_has_slash(&kinds, path) => {
            Err(NoRoute::Malformed)
        }
        Some((_, pattern)) => Ok(pattern),
    }
}

fn rest_has_slash(kinds: &[Kind], path: &str) -> bool {
    path[1..].split('/').skip(kinds.len() - 1).any(|segment| segment.contains("%2F"))
}

/// All patterns of at most three segments, out of two literals, a parameter and a rest.
fn patterns() -> Vec<&'static str> {
    let mut all = Vec::new();
    let mut begins = vec![String::new()];
    for level in 0..3 {
        let mut longer = Vec::new();
        for begin in begins {
            all.push(format!("{begin}/{{*rest}}"));
            longer.push(format!("{begin}/a"));
            longer.push(format!("{begin}/b"));
            longer.push(format!("{begin}/{{p{level}}}"));
        }
        all.extend(longer.iter().cloned());
        begins = longer;
    }
    all.into_iter().map(|pattern| &*pattern.leak()).collect()
}

/// A pattern of at most three segments.
pub(super) fn pattern() -> impl Strategy<Value = &'static str> {
    prop::sample::select(patterns())
}

/// A path of at most four segments, of which some are encoded, empty, or not allowed.
pub(super) fn path() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "%61", "b", "c", "", "a%2Fb", ".."]);
    prop::collection::vec(segment, 1..5).prop_map(|segments| format!("/{}", segments.join("/")))
}
