//! Behind an error, `accept` is called again at once.
//!
//! Rejected by: `without_descriptors_it_rests_between_two_tries`
//!
//! Without descriptors, `accept` fails at once, and the connection stays in the queue: so it fails again, a million times a
//! second. That takes a whole processor from those who would end and give their descriptors back. Rest a little: `REST` is there.
// ANCHOR: accept_all
loop {
    let accepted = self.listener.accept();
    if self.shared.stopping.load(SeqCst) {
        return;
    }
    if let Ok((stream, _)) = accepted {
        self.admit(stream);
    }
}
// ANCHOR_END: accept_all
