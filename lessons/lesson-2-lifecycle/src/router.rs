#![allow(unused)] // delete when done
//! From a path to a handler, through a tree of its segments.
//!
//! Each node of the tree is reached by one way from the root, so a pattern's segments *are* its place, and routes that
//! begin alike share their beginning. A lookup goes down one segment a level. At each it tries the literal of that
//! name, then the parameter, then the rest, and goes back up where a way ends: `/users/{id}/posts` is found for
//! `/users/me/posts` though `/users/me` is a literal too.
//!
//! Going back costs little: a node is visited once a lookup at the most, and never below the path's own depth. What a
//! lookup can cost is bounded by the routes, which the programmer wrote, whatever path a client sends.
//!
//! # One path, one meaning
//!
//! `/users/7` and `/%75sers/7` are the same path (RFC 3986 §6.2.2), so segments are compared as what they stand for.
//! What two programs could read differently is refused, not repaired: dot segments, NUL, bytes that are not UTF-8, and a
//! slash that is written `%2F` where slashes separate. Whoever joins a rest to a directory thus stays in it, unless a
//! link leads out.

use std::borrow::Cow;
use std::{error, fmt};

mod pattern;
mod percent;
mod tree;

use pattern::Segment;
use tree::Node;

/// How many parameters a pattern may have: [`Found::parameter`] goes through them one by one.
pub const PARAMETERS_MAX: usize = 8;

/// Values by method and path pattern.
#[derive(Debug)]
pub struct Router<T> {
    root: Node<T>,
}

/// Why a route was not added. The router is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteError {
    /// The method is not a token (RFC 9110 §9.1).
    Method(&'static str),
    /// The pattern breaks a rule.
    Malformed {
        /// What was to be added.
        pattern: &'static str,
        /// What must hold.
        rule: &'static str,
    },
    /// The pattern has more than [`PARAMETERS_MAX`] parameters.
    Parameters(&'static str),
    /// There is such a route.
    Duplicate {
        /// Its method.
        method: &'static str,
        /// Its pattern.
        pattern: &'static str,
    },
    /// Another pattern has a parameter in the same place under another name.
    Conflict {
        /// What was to be added.
        pattern: &'static str,
        /// The name in the other pattern.
        other: &'static str,
    },
}

/// Why no value was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoute<'r> {
    /// No pattern matches: 404.
    NotFound,
    /// A pattern matches, but not for this method: 405.
    MethodNotAllowed {
        /// The value of `Allow`, sorted.
        allow: &'r str,
    },
    /// No sound client sends such a path: 400.
    Malformed,
}

/// The route that a request takes.
#[derive(Debug)]
pub struct Found<'r, 'p, T> {
    /// What was added under the route.
    pub value: &'r T,
    /// The route's pattern: metrics are labelled with it, for of paths there is no end.
    pub pattern: &'static str,
    path: &'p str,
}

impl<T> Router<T> {
    /// A router without routes.
    #[must_use]
    pub fn new() -> Self {
        Self { root: Node::new() }
    }

    /// Adds a route.
    ///
    /// A pattern's segments are literals, parameters (`/users/{id}`: one segment, not empty), or at the end the rest
    /// (`/static/{*path}`: one segment or more, of which the first is not empty). Literals are written as what they
    /// stand for, not percent-encoded. `/users/` is not `/users`.
    ///
    /// # Errors
    ///
    /// [`RouteError`], as it says; nothing has been added.
    pub fn add(
        &mut self,
        method: &'static str,
        pattern: &'static str,
        value: T,
    ) -> Result<(), RouteError> {
        if !pattern::is_token(method) {
            return Err(RouteError::Method(method));
        }
        // The errors below come before the first change: patterns collide only in nodes that are there.
        let endpoint = self.root.endpoint(pattern, &pattern::parse(pattern)?)?;
        endpoint.add(method, value)
    }

    /// The route for `path`, which is the request target's as it came: percent-encoded, without the query.
    ///
    /// A literal goes before a parameter and a parameter before the rest, the first segment deciding first. The path
    /// alone decides which pattern it is; then that pattern has the method or not. `HEAD` is answered by `GET` where
    /// it has no route of its own. Nothing is allocated.
    ///
    /// # Errors
    ///
    /// [`NoRoute`], as it says. A path is malformed, too, when it does not begin with a slash, or when `%2F` stands in
    /// what a rest would match; in a parameter it is data.
    #[inline]
    pub fn find<'r, 'p>(
        &'r self,
        method: &str,
        path: &'p str,
    ) -> Result<Found<'r, 'p, T>, NoRoute<'r>> {
        let segments = percent::checked(path).ok_or(NoRoute::Malformed)?;
        let endpoint = self.root.find(Some(segments))?.ok_or(NoRoute::NotFound)?;
        match endpoint.value(method) {
            Some(value) => Ok(Found { value, pattern: endpoint.pattern, path }),
            None => Err(NoRoute::MethodNotAllowed { allow: &endpoint.allow }),
        }
    }
}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'p, T> Found<'_, 'p, T> {
    /// What the path has in the place of `{name}` or `{*name}`, decoded; borrowed where nothing is encoded.
    ///
    /// It is data from outside: a parameter may hold a slash, or anything else but NUL. A rest has its slashes, and none
    /// in front.
    #[inline]
    pub fn parameter(&self, name: &str) -> Option<Cow<'p, str>> {
        let mut rest = &self.path[1..];
        for segment in self.pattern[1..].split('/') {
            let (first, behind) = rest.split_once('/').unwrap_or((rest, ""));
            match Segment::of(segment) {
                Segment::Parameter(found) if found == name => return Some(percent::decoded(first)),
                Segment::Rest(found) if found == name => return Some(percent::decoded(rest)),
                _ => rest = behind,
            }
        }
        None
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(method) => write!(f, "method `{method}` is not a token"),
            Self::Malformed { pattern, rule } => {
                write!(f, "pattern `{pattern}` is malformed ({rule})")
            }
            Self::Parameters(pattern) => {
                write!(f, "pattern `{pattern}` has more than {PARAMETERS_MAX} parameters")
            }
            Self::Duplicate { method, pattern } => {
                write!(f, "there is a route `{method} {pattern}` already")
            }
            Self::Conflict { pattern, other } => write!(
                f,
                "another pattern has `{other}` in the place of a parameter of `{pattern}` (use one name)"
            ),
        }
    }
}

impl error::Error for RouteError {}

impl fmt::Display for NoRoute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("no route matches the path"),
            Self::MethodNotAllowed { allow } => {
                write!(f, "the route does not have the method (allowed are `{allow}`)")
            }
            Self::Malformed => f.write_str("the path is malformed"),
        }
    }
}

impl error::Error for NoRoute<'_> {}
