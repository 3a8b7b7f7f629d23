#![allow(unused)] // delete when done
//! An accept loop with limits and time-outs.
//!
//! A connection is always in one [`Phase`], and a phase has a limit. Nothing sets a timer for a
//! request: [`Server::sweep`] looks at all connections twice a second, and cuts those that have been
//! in their phase for too long. Ten thousand idle connections cost about two milliseconds of
//! each second like this, and a request costs a few stores; a limit is kept to within a second, and
//! limits are seconds.
//!
//! ```text
//!        first byte        head is read         answer begins        all written
//!  Idle ────────────▶ Head ────────────▶ Working ────────────▶ Writing ──────────▶ Idle
//!                                 │  Body  ▲
//!                                 └────────┘
//! ```
//!
//! A client that ends its sending side has left: what is being worked on for it is given up. Who has closed and who only
//! sends no more look the same until something is sent to them, and a computation that nobody waits for costs those who
//! do.
//!
//! A connection of HTTP/2 has many requests at a time, its streams. Each is in a phase of its own, with the same limits, and
//! ends alone when its peer is too slow with it, if it can: what hyper has handed on, to wait for a window that the peer does
//! not open, is let go of only together with the connection.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

mod accept;
mod connection;
mod lines;
mod outbox;
mod phase;
mod registry;
mod room;
mod streams;
mod watched;

pub use accept::{Channel, Protocol};
pub use phase::Phase;
pub use registry::{Server, Statistics};
pub use watched::{Receiving, Uncopied};

/// How many connections there may be, and how long one may stay in each phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many connections are open at once. More wait in the kernel's queue, where they cost less, until one ends or has
    /// been idle for a second: that one makes room.
    pub connections: usize,
    /// From the first byte of a request to the end of its head. In HTTP/2 a head that does not end counts as idle.
    pub head: Duration,
    /// From there to the end of its body, or longer if it is fast enough.
    pub body: Duration,
    /// How long no byte of a body may come.
    pub body_stall: Duration,
    /// How long a peer may take no byte of an answer.
    pub write: Duration,
    /// How many bytes of a body a peer must send, or of an answer take, in a second, on average, once `body` or `write` has
    /// passed. One that moves a byte now and then is never still, and would hold its connection for ever.
    pub rate_min: u64,
    /// How long a connection may wait for its next request.
    pub idle: Duration,
    /// The longest head, in bytes; in HTTP/2, of decoded fields.
    pub head_bytes: usize,
    /// In HTTP/2: how many streams of a connection are open at once.
    pub streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            body_stall: Duration::from_secs(10),
            write: Duration::from_secs(30),
            rate_min: 1024,
            idle: Duration::from_secs(60),
            head_bytes: 16 * 1024,
            streams: 100,
        }
    }
}

/// Who is at the other end of a connection, and how it comes here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address, as the kernel knows it.
    pub address: IpAddr,
    /// The number of its connection: no two of a server have the same. It is given when the connection is registered.
    pub number: u64,
    /// Whether what is sent is encrypted: then somebody here must read it.
    pub secure: bool,
}

impl Default for Peer {
    /// Nobody knows who.
    fn default() -> Self {
        Self { address: Ipv6Addr::UNSPECIFIED.into(), number: 0, secure: false }
    }
}

/// How often connections are looked at.
pub const SWEEP: Duration = Duration::from_millis(500);

/// How long a connection that is closed waits for its peer.
const LINGER: Duration = Duration::from_secs(2);
