//! `TcpListener::bind` does it all in one call.
//!
//! Rejected by: `port_reuse_is_on`, `two_listeners_share_a_port`, `the_backlog_is_what_was_asked_for`,
//! `accepted_connections_do_not_wait_for_acknowledgments`, `accepted_connections_are_kept_alive`,
//! `the_keep_alive_times_are_what_was_asked_for`
//!
//! The standard library sets SO_REUSEADDR, binds and listens with a backlog of its own choice. By then it is too late for
//! SO_REUSEPORT, which counts at `bind`. Take the steps yourself with `socket2::Socket`: create, set, bind, listen.
// ANCHOR: open
let _ = options;
TcpListener::bind(address)
// ANCHOR_END: open
