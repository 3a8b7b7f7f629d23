//! A literal that matches is taken, whatever comes behind it.
//!
//! Rejected by: `a_literal_goes_before_a_parameter_and_a_parameter_before_the_rest`, `a_way_that_ends_is_left_again`,
//! `random_routes_lead_where_a_model_says`
//!
//! With `/users/me` and `/users/{id}/posts`, the path `/users/me/posts` is found only by going back: the literal `me` leads
//! nowhere. Where a way ends, try the next one of the same node.
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
        if let Some(literal) = self.literal(segment) {
            return literal.find(behind);
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
