//! Without descriptors, the loop tries again at once.
//!
//! Rejected by: `accept::without_descriptors_it_rests_between_two_tries`,
//! `errors::whatever_the_system_lacks_passes_and_it_rests_meanwhile`
//!
//! The connection is still in the kernel's queue, so the listener is still readable, and `accept` fails again, a million
//! times a second. Nobody else on this thread has a turn: not even the connection that is just ending and would give its
//! descriptor back. Rest before you try again (`REST`).
// ANCHOR: accept
loop {
    self.room(listener).await;
    match self.accept_one(listener).await {
        None => {}
        Some(Ok((stream, address))) => {
            let peer = Peer { address: address.ip().to_canonical(), ..Peer::default() };
            spawn_local(Rc::clone(self).serve_through(handshake(stream), peer));
        }
        Some(Err(error)) => match Trouble::from(&error) {
            Trouble::OneConnection => {}
            Trouble::Passing => {
                self.count(|statistics| statistics.paused += 1);
            }
            Trouble::Lasting => return error,
        },
    }
}
// ANCHOR_END: accept
