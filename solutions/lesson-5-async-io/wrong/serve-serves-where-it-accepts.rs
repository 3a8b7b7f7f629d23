//! A connection is served before the next one is accepted.
//!
//! Rejected by: `accept::a_handshake_that_lasts_keeps_nobody_else_waiting`,
//! `accept::connections_are_accepted_and_the_limit_holds`, `accept::the_limit_holds_for_a_crowd_that_waits_already`,
//! `accept::who_has_been_idle_longest_makes_room_for_who_waits`
//!
//! `.await` on the connection's future waits until it ends, and meanwhile nobody is accepted: it is the first rung again.
//! `spawn_local` makes a task of it, which has its turns beside this one.
// ANCHOR: accept
loop {
    self.room(listener).await;
    match self.accept_one(listener).await {
        None => {}
        Some(Ok((stream, address))) => {
            let peer = Peer { address: address.ip().to_canonical(), ..Peer::default() };
            Rc::clone(self).serve_through(handshake(stream), peer).await;
        }
        Some(Err(error)) => match Trouble::from(&error) {
            Trouble::OneConnection => {}
            Trouble::Passing => {
                self.count(|statistics| statistics.paused += 1);
                sleep(REST).await;
            }
            Trouble::Lasting => return error,
        },
    }
}
// ANCHOR_END: accept
