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

pub mod browsers;
pub mod client;
pub mod framing;
pub mod host;
pub mod limits;
pub mod memory;
pub mod shared_limit;
