//! Whoever comes is let in, and waits for a thread.
//!
//! Rejected by: `no_more_are_let_in_than_may_be`, `who_finds_no_room_is_told_when_to_come_again`
//!
//! Here the queue of the pool is bounded, so at some point the thread that accepts waits, too, and the others wait where nobody
//! sees them: in the kernel. Nobody is told anything, and by the time that they are served they have gone.
// ANCHOR: admit
let connection = self.shared.open.add(&stream, usize::MAX).expect("there is no limit");
let serve = Arc::clone(&self.serve);
self.pool.submit(Box::new(move || serve(connection.stream())));
// ANCHOR_END: admit
