//! A parameter matches an empty segment, too.
//!
//! Rejected by: `a_rest_has_no_slash_in_front`, `a_rest_is_all_that_follows`, `a_slash_more_is_another_path`,
//! `random_routes_lead_where_a_model_says`
//!
//! `/users/` is not the user whose id is nothing. A handler that gets an empty id asks the database for it, or worse, for all.
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
