//! The thread that accepts serves, too.
//!
//! Rejected by: PENDING
//!
//! It is lesson 2's server: while one client is served, nobody is accepted. Give the connection to the pool, and accept the
//! next one.
// ANCHOR: admit
let Some(connection) = self.shared.open.add(&stream, self.connections_max) else {
    self.shared.refused.fetch_add(1, Relaxed);
    return self.refusals.refuse(stream);
};
(self.serve)(connection.stream());
// ANCHOR_END: admit
