//! What stands between a client and the handlers.
//!
//! # Map
//!
//! - [`host`]: whether the client means this server.
//! - [`framing`]: whether its body can be read.
//! - [`client`]: who it is, though it may come through proxies.
//! - [`limits`]: how often it may ask, over all workers; [`shared_limit`]: over all servers.
//! - [`memory`]: whether there is room for what it sends, and for its waiting.
//! - [`browsers`]: what a browser must not do with the answer.
//!
//! The order is that of what a refusal costs: a look at a field first, a word of shared memory next, and memory only for
//! who has come that far.
//!
//! # Elsewhere
//!
//! What bounds a connection, its time, its rate, its head and its streams, is lesson 5's `serve`: there a connection that is
//! idle makes room for one that waits, too. How many connections one address may have that keep asking slowly is nobody's
//! business here: who is an address is better known to what stands in front, a firewall (`connlimit`) or a proxy.

pub mod browsers;
pub mod client;
pub mod framing;
pub mod host;
pub mod limits;
pub mod memory;
pub mod shared_limit;
