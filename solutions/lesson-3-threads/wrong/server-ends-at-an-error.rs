//! Any error of `accept` ends the thread that accepts.
//!
//! Rejected by: `a_lack_of_descriptors_does_not_end_the_server`, `without_descriptors_it_rests_between_two_tries`
//!
//! Most of them are about a single connection, which was reset before it was accepted, or about a lack that passes: no descriptor
//! is left just now. Behind that the server is there and never answers anybody again. Only `self.shared.stopping` is a reason
//! to end.
// ANCHOR: accept_all
while let Ok((stream, _)) = self.listener.accept() {
    if self.shared.stopping.load(SeqCst) {
        return;
    }
    self.admit(stream);
}
// ANCHOR_END: accept_all
