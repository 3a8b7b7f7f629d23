//! A stop waits until all connections have ended.
//!
//! Rejected by: `a_request_that_waits_for_a_thread_is_answered_when_the_server_stops` (hung),
//! `a_stop_ends_connections_that_wait_for_their_client`, `a_stop_lets_every_request_that_has_begun_be_answered`,
//! `many_connections_are_served_in_whatever_order_they_are_used`
//!
//! A connection that is kept ends when its client likes. Until then a thread waits in `read`, and the stop for the thread. Shut
//! the reading side: who waits there wakes up, and who works is not disturbed.
// ANCHOR: stop
pool.shutdown(deadline)
// ANCHOR_END: stop
