//! An answer gets the date of the one before.
//!
//! Rejected by: `names::an_address_that_was_asked_again_is_as_new_as_the_first`,
//! `names::an_answer_behind_a_failure_is_as_new_as_any_other`
//!
//! The addresses are new, and count as old: an hour after the *first* answer they are too old to be used, and each request asks
//! the name server again, also while it is down. `since` is when these addresses came, so an answer sets it anew. Only a
//! failure leaves it as it is.
// ANCHOR: note
match (resolved, &mut entry.answer) {
    (Ok(addresses), answer) => {
        let known = Rc::clone(&addresses);
        let rest = self.options.ttl;
        let since = answer.as_ref().map_or(now, |answer| answer.since);
        *answer = Some(Answer { addresses: known, since, asked: now, rest });
        Ok(addresses)
    }
    (Err(_), Some(answer)) if answer.is_usable(&self.options) => {
        (answer.asked, answer.rest) = (now, RECHECK);
        Ok(Rc::clone(&answer.addresses))
    }
    (Err(error), _) => Err(error),
}
// ANCHOR_END: note
