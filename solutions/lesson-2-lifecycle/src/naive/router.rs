//! A list of routes, each tried in turn.

use std::collections::HashMap;

/// Values by method and path pattern. The first route that matches wins.
#[derive(Debug, Default)]
pub struct Router<T> {
    routes: Vec<(&'static str, &'static str, T)>,
}

impl<T> Router<T> {
    /// Adds a route behind the others.
    pub fn add(&mut self, method: &'static str, pattern: &'static str, value: T) {
        self.routes.push((method, pattern, value));
    }

    /// The value of the first route that matches, and the path's parameters by name.
    #[inline]
    pub fn find(&self, method: &str, path: &str) -> Option<(&T, HashMap<String, String>)> {
        for (allowed, pattern, value) in &self.routes {
            if *allowed == method
                && let Some(parameters) = matches(pattern, path)
            {
                return Some((value, parameters));
            }
        }
        None
    }
}

#[inline]
fn matches(pattern: &str, path: &str) -> Option<HashMap<String, String>> {
    let wanted: Vec<&str> = pattern.split('/').collect();
    let segments: Vec<&str> = path.split('/').collect();
    if wanted.len() != segments.len() {
        return None;
    }
    let mut parameters = HashMap::new();
    for (wanted, segment) in wanted.into_iter().zip(segments) {
        if wanted.starts_with('{') {
            let name = wanted.trim_matches(['{', '}']);
            parameters.insert(name.to_string(), segment.to_string());
        } else if wanted != segment {
            return None;
        }
    }
    Some(parameters)
}
