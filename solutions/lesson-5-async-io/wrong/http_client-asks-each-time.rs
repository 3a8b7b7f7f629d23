//! While the name server does not answer, each request asks it.
//!
//! Rejected by: `names::a_name_server_that_does_not_answer_rests_though_addresses_are_believed_for_less`,
//! `names::while_nobody_answers_the_old_address_is_used_for_a_while`
//!
//! Each request then waits for the time-out of a look-up before it uses the old address: everything works, five seconds
//! late, and the name server that tries to come up has a thousand questions. Note that it was asked *now*, and let that
//! rest for `RECHECK`.
// ANCHOR: note
match (resolved, &mut entry.answer) {
    (Ok(addresses), answer) => {
        let known = Rc::clone(&addresses);
        let rest = self.options.ttl;
        *answer = Some(Answer { addresses: known, since: now, asked: now, rest });
        Ok(addresses)
    }
    (Err(_), Some(answer)) if answer.is_usable(&self.options) => {
        let _ = RECHECK;
        Ok(Rc::clone(&answer.addresses))
    }
    (Err(error), _) => Err(error),
}
// ANCHOR_END: note
