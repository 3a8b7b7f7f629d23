//! The tree: a node for each place that a pattern's segment can lead to.

use super::pattern::Segment;
use super::percent::characters;
use super::{NoRoute, RouteError};

/// What one pattern has to offer.
#[derive(Debug)]
pub(super) struct Endpoint<T> {
    pub(super) pattern: &'static str,
    methods: Vec<(&'static str, T)>,
    /// The value of `Allow`, which is a lookup's to give, and should cost it nothing.
    pub(super) allow: String,
}

/// All routes. Each is tried in turn.
#[derive(Debug)]
pub(super) struct Node<T> {
    routes: Vec<(Vec<Segment>, Endpoint<T>)>,
}

impl<T> Node<T> {
    pub(super) fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// The endpoint of `pattern`, which has these segments; made where it is not there.
    pub(super) fn endpoint(
        &mut self,
        pattern: &'static str,
        segments: &[Segment],
    ) -> Result<&mut Endpoint<T>, RouteError> {
        for (others, _) in &self.routes {
            conflict(pattern, segments, others)?;
        }
        let found = self.routes.iter().position(|(others, _)| others == segments);
        let position = found.unwrap_or(self.routes.len());
        if found.is_none() {
            self.routes.push((segments.to_vec(), Endpoint::new(pattern)));
        }
        Ok(&mut self.routes[position].1)
    }
}

/// Two patterns that begin alike, and then have one parameter under two names.
fn conflict(
    pattern: &'static str,
    segments: &[Segment],
    others: &[Segment],
) -> Result<(), RouteError> {
    let different = segments.iter().zip(others).find(|(segment, other)| segment != other);
    match different {
        Some((Segment::Parameter(_), Segment::Parameter(other)))
        | Some((Segment::Rest(_), Segment::Rest(other))) => {
            Err(RouteError::Conflict { pattern, other })
        }
        _ => Ok(()),
    }
}

impl<T> Node<T> {
    /// The endpoint for a path, which stands here without the slash in front.
    #[inline]
    pub(super) fn find(&self, path: Option<&str>) -> Result<Option<&Endpoint<T>>, NoRoute<'_>> {
        let path = path.unwrap_or_default();
        let mut best: Option<(&[Segment], Match, &Endpoint<T>)> = None;
        for (segments, endpoint) in &self.routes {
            let Some(found) = matches(segments, path) else { continue };
            if best.as_ref().is_none_or(|(others, ..)| goes_before(segments, others)) {
                best = Some((segments, found, endpoint));
            }
        }
        match best {
            Some((_, Match::Malformed, _)) => Err(NoRoute::Malformed),
            best => Ok(best.map(|(_, _, endpoint)| endpoint)),
        }
    }
}

/// Whether the first of two patterns goes before the second: a literal before a parameter, and that before a rest.
#[inline]
fn goes_before(segments: &[Segment], others: &[Segment]) -> bool {
    let kind = |segment: &Segment| match segment {
        Segment::Literal(_) => 0,
        Segment::Parameter(_) => 1,
        Segment::Rest(_) => 2,
    };
    segments.iter().map(kind).lt(others.iter().map(kind))
}

/// How a pattern matches a path.
enum Match {
    Sound,
    /// There is a `%2F` in what the rest stands for.
    Malformed,
}

#[inline]
fn matches(segments: &[Segment], path: &str) -> Option<Match> {
    let mut rest = Some(path);
    for wanted in segments {
        let path = rest?;
        let (segment, behind) = match path.split_once('/') {
            Some((segment, behind)) => (segment, Some(behind)),
            None => (path, None),
        };
        match wanted {
            Segment::Literal(text) if characters(segment).flatten().eq(text.chars()) => {}
            Segment::Parameter(_) if !segment.is_empty() => {}
            Segment::Rest(_) if !segment.is_empty() && has_encoded_slash(path) => {
                return Some(Match::Malformed);
            }
            Segment::Rest(_) if !segment.is_empty() => return Some(Match::Sound),
            _ => return None,
        }
        rest = behind;
    }
    rest.is_none().then_some(Match::Sound)
}

/// A `%` that stands for itself is written `%25`: in `%252F` no `%` is followed by `2F`.
fn has_encoded_slash(path: &str) -> bool {
    path.contains("%2F") || path.contains("%2f")
}

impl<T> Endpoint<T> {
    fn new(pattern: &'static str) -> Self {
        Self { pattern, methods: Vec::new(), allow: String::new() }
    }

    pub(super) fn add(&mut self, method: &'static str, value: T) -> Result<(), RouteError> {
        if self.registered(method).is_some() {
            return Err(RouteError::Duplicate { method, pattern: self.pattern });
        }
        self.methods.push((method, value));
        let mut allowed: Vec<&str> = self.methods.iter().map(|(method, _)| *method).collect();
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
        }
        allowed.sort_unstable();
        allowed.dedup();
        self.allow = allowed.join(", ");
        Ok(())
    }

    #[inline]
    pub(super) fn value(&self, method: &str) -> Option<&T> {
        let found = self.registered(method);
        if found.is_none() && method == "HEAD" { self.registered("GET") } else { found }
    }

    #[inline]
    fn registered(&self, method: &str) -> Option<&T> {
        self.methods.iter().find(|(registered, _)| *registered == method).map(|(_, value)| value)
    }
}
