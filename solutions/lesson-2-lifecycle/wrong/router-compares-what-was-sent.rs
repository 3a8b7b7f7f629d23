//! Segments are compared as they were sent.
//!
//! Rejected by: `an_encoded_literal_is_the_same_literal`, `random_routes_lead_where_a_model_says`
//!
//! `/%75sers` and `/users` are the same path (RFC 3986, section 6.2.2). A rule of a proxy that guards `/users`, and a router
//! that finds it under its other spelling, or does not, are how such rules are passed by. Compare what a segment stands for.
// ANCHOR: find
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
        let found = self.literals.binary_search_by(|(literal, _)| (*literal).cmp(segment));
        found.ok().map(|position| &self.literals[position].1)
    }
}
// ANCHOR_END: find
