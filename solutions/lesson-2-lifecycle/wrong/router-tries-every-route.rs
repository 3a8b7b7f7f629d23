//! Every route is tried, and the best of those that match is taken.
//!
//! Rejected by: the benchmark
//!
//! It is right, and each request pays for all the routes that it does not take: twice the routes, twice the time. In a tree,
//! a lookup goes by the routes of other branches without looking at them.
// ANCHOR: node
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

    /// The endpoint for a path, which stands here without the slash in front.
    #[inline]
    pub(super) fn find(&self, path: Option<&str>) -> Result<Option<&Endpoint<T>>, NoRoute<'_>> {
        let path = path.unwrap_or_default();
        let matching = self.routes.iter().filter_map(|(segments, endpoint)| {
            let matched = matched(segments, path)?;
            Some((matched, endpoint))
        });
        match matching.min_by(|(one, _), (other, _)| one.kinds.cmp(&other.kinds)) {
            Some((matched, _)) if matched.is_malformed => Err(NoRoute::Malformed),
            best => Ok(best.map(|(_, endpoint)| endpoint)),
        }
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

/// How a route matches a path.
struct Matched {
    /// For each segment 0 for a literal, 1 for a parameter, 2 for the rest: the smaller, the better.
    kinds: Vec<u8>,
    /// There is a `%2F` in what the rest stands for.
    is_malformed: bool,
}

/// How these segments match a path, if they do.
#[inline]
fn matched(segments: &[Segment], path: &str) -> Option<Matched> {
    let mut rest = Some(path);
    let mut kinds = Vec::new();
    for wanted in segments {
        let path = rest?;
        let (segment, behind) = match path.split_once('/') {
            Some((segment, behind)) => (segment, Some(behind)),
            None => (path, None),
        };
        match wanted {
            Segment::Literal(text) if characters(segment).flatten().eq(text.chars()) => kinds.push(0),
            Segment::Parameter(_) if !segment.is_empty() => kinds.push(1),
            Segment::Rest(_) if !segment.is_empty() => {
                kinds.push(2);
                return Some(Matched { kinds, is_malformed: has_encoded_slash(path) });
            }
            _ => return None,
        }
        rest = behind;
    }
    rest.is_none().then_some(Matched { kinds, is_malformed: false })
}
// ANCHOR_END: node
