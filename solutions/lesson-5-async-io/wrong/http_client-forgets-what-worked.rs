//! An address is forgotten when the name server does not answer.
//!
//! Rejected by: `names::a_name_server_that_answers_again_is_believed_again`,
//! `names::a_name_server_that_does_not_answer_rests_though_addresses_are_believed_for_less`,
//! `names::a_name_server_that_says_nothing_is_left_after_its_time`,
//! `names::an_address_that_was_asked_again_is_as_new_as_the_first`,
//! `names::an_answer_behind_a_failure_is_as_new_as_any_other`,
//! `names::an_old_address_is_believed_no_longer_than_it_may_be`,
//! `names::while_nobody_answers_the_old_address_is_used_for_a_while`
//!
//! The server at that address is fine. Only the one that knows names is not, and now it takes all others with it. RFC 8767
//! says what to do: use the old addresses for a bounded time, and ask again now and then.
// ANCHOR: note
match (resolved, &mut entry.answer) {
    (Ok(addresses), answer) => {
        let known = Rc::clone(&addresses);
        let rest = self.options.ttl;
        *answer = Some(Answer { addresses: known, since: now, asked: now, rest });
        Ok(addresses)
    }
    (Err(error), answer) => {
        *answer = None;
        Err(error)
    }
}
// ANCHOR_END: note
