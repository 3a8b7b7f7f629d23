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

// ANCHOR: node
// GIVEN: wrong/router-tries-every-route.rs
/// A place in the tree, and the ways that lead on.
#[derive(Debug)]
pub(super) struct Node<T> {
    /// Of a path that ends here.
    endpoint: Option<Endpoint<T>>,
    /// Sorted, so that a segment is found in a few comparisons, encoded or not. To look it up in a hash table, it would
    /// have to be decoded into a buffer first.
    literals: Vec<(&'static str, Node<T>)>,
    parameter: Option<(&'static str, Box<Node<T>>)>,
    rest: Option<(&'static str, Endpoint<T>)>,
}

impl<T> Node<T> {
    pub(super) fn new() -> Self {
        Self { endpoint: None, literals: Vec::new(), parameter: None, rest: None }
    }

    /// The endpoint of `pattern`, which has these segments; made where it is not there.
    pub(super) fn endpoint(
        &mut self,
        pattern: &'static str,
        segments: &[Segment],
    ) -> Result<&mut Endpoint<T>, RouteError> {
        let conflict = |wanted: &str, other| {
            if wanted == other { Ok(()) } else { Err(RouteError::Conflict { pattern, other }) }
        };
        let mut node = self;
        for segment in segments {
            match *segment {
                Segment::Literal(text) => node = node.literal_mut(text),
                Segment::Parameter(name) => {
                    let (other, next) =
                        node.parameter.get_or_insert_with(|| (name, Box::new(Self::new())));
                    conflict(name, *other)?;
                    node = next;
                }
                Segment::Rest(name) => {
                    let (other, endpoint) =
                        node.rest.get_or_insert_with(|| (name, Endpoint::new(pattern)));
                    conflict(name, *other)?;
                    return Ok(endpoint);
                }
            }
        }
        Ok(node.endpoint.get_or_insert_with(|| Endpoint::new(pattern)))
    }

    fn literal_mut(&mut self, text: &'static str) -> &mut Self {
        let position = match self.literals.binary_search_by_key(&text, |(literal, _)| *literal) {
            Ok(position) => position,
            Err(position) => {
                self.literals.insert(position, (text, Self::new()));
                position
            }
        };
        &mut self.literals[position].1
    }
}
// ANCHOR_END: node

// ANCHOR: find
// GIVEN: wrong/router-tries-every-route.rs
impl<T> Node<T> {
    /// The endpoint for what is left of a path; `None` is left behind its last segment.
    #[inline]
    pub(super) fn find(&self, path: Option<&str>) -> Result<Option<&Endpoint<T>>, NoRoute<'_>> {
        let Some(path) = path else {
            return Ok(self.endpoint.as_ref());
        };
        let (segment, behind) = match path.split_once('/') {
            Some((segment, behind)) => (segment, Some(behind)),
            None => (path, None),
        };
        if let Some(literal) = self.literal(segment)
            && let Some(found) = literal.find(behind)?
        {
            return Ok(Some(found));
        }
        if segment.is_empty() {
            return Ok(None);
        }
        if let Some((_, parameter)) = &self.parameter
            && let Some(found) = parameter.find(behind)?
        {
            return Ok(Some(found));
        }
        match &self.rest {
            Some(_) if has_encoded_slash(path) => Err(NoRoute::Malformed),
            Some((_, endpoint)) => Ok(Some(endpoint)),
            None => Ok(None),
        }
    }

    #[inline]
    fn literal(&self, segment: &str) -> Option<&Self> {
        let mut found = self.literals.binary_search_by(|(literal, _)| (*literal).cmp(segment));
        if found.is_err() && segment.contains('%') {
            let decoded = || characters(segment).flatten();
            found = self.literals.binary_search_by(|(literal, _)| literal.chars().cmp(decoded()));
        }
        found.ok().map(|position| &self.literals[position].1)
    }
}
// ANCHOR_END: find

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
