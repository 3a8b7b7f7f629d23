//! A connection for which there is no room is closed.
//!
//! Rejected by: `a_request_that_waits_for_a_thread_is_answered_when_the_server_stops`,
//! `who_finds_no_room_is_told_when_to_come_again`, `who_is_refused_and_goes_on_sending_holds_up_nobody`
//!
//! The client sees a reset, as if the server had crashed, and tries again at once, and so do all the others. A 503 with
//! `retry-after` says that the server is well and busy, and when to come again.
// ANCHOR: admit
let Some(connection) = self.shared.open.add(&stream, self.connections_max) else {
    self.shared.refused.fetch_add(1, Relaxed);
    return;
};
let serve = Arc::clone(&self.serve);
self.pool.submit(Box::new(move || serve(connection.stream())));
// ANCHOR_END: admit
