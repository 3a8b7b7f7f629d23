//! An end that loses nobody's answer.
//!
//! A server that ends has connections in different states, and each has its own way to go:
//!
//! - One whose request is being answered gets its answer, which says `connection: close`.
//! - One that is half through sending a request may finish it, and is answered like that too.
//! - An idle one is the difficult case. The server may close it at any time, but a request may be on
//!   its way, and would be lost. So it gets a last chance: if the next request comes soon, it is
//!   answered; only when the connection has been quiet for a while is it closed. A client that
//!   sends just then has to try again, which RFC 9112 §9.3.1 expects of clients; nothing that a server
//!   can do closes this gap, it only becomes rare.
//!
//! - Of pipelined requests that have come together, the one whose answer says `connection: close` is the
//!   last one that is answered; what stands behind it was never begun (RFC 9112 §9.6).
//!
//! All of this has a deadline.

use std::future::Future;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

/// The connections of a server, as its end sees them.
pub trait Connections {
    /// From now on every answer says that it is the connection's last one.
    fn announce(&self);
    /// Closes the connections that have been idle for `quiet`.
    fn close_idle(&self, quiet: Duration);
    /// How many there are.
    fn open(&self) -> usize;
    /// How many of them have begun to send a request that is not answered yet.
    fn busy(&self) -> usize;
    /// Waits until fewer are open than at the call.
    fn fewer(&self) -> impl Future<Output = ()>;
    /// Closes all, whatever they are doing.
    fn cut(&self);
}

/// How long an end may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long an idle connection may stay quiet before it is closed.
    pub quiet: Duration,
    /// After how long whatever is left is cut off.
    pub deadline: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { quiet: Duration::from_millis(500), deadline: Duration::from_secs(30) }
    }
}

/// Nobody is looked at more often, however short [`Patience::quiet`] is.
const LOOK_MIN: Duration = Duration::from_millis(10);

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// How many connections were open when it began.
    pub open: usize,
    /// How many requests were cut off at the deadline. Zero is a clean end.
    pub cut: usize,
    /// How long it took.
    pub took: Duration,
}

/// Lets all connections finish and close, and cuts off what is left at the deadline. Nobody may
/// accept new ones meanwhile.
///
/// # Cancel safety
///
/// Dropping the future leaves the connections announced and open; it can be called again.
pub async fn drain(connections: &impl Connections, patience: Patience) -> Drained {
    let begin = Instant::now();
    let deadline = begin + patience.deadline;
    let open = connections.open();
    let mut cut = 0;
    // ANCHOR: drain
    // TASK: announce the end, and wait until nobody is left or the deadline has come
    // STEP: at the deadline count those that are `busy` into `cut`, and cut everybody
    // STEP: before each look at who is idle, let two turns of the loop pass: what has arrived must have been read
    // STEP: look again when one has gone (`fewer`), after a quarter of `quiet` (not sooner than `LOOK_MIN`), or at the deadline
    connections.announce();
    while connections.open() > 0 {
        let now = Instant::now();
        if now >= deadline {
            cut = connections.busy();
            connections.cut();
            break;
        }
        // A wake-up may be for several reasons. Those who have just received a request take it in before they are looked at.
        yield_now().await;
        yield_now().await;
        connections.close_idle(patience.quiet);
        // Idleness is looked at a few times in each period: who becomes idle then waits little longer than it has to.
        let look_again = deadline.min(now + LOOK_MIN.max(patience.quiet / 4));
        // The last one may have gone meanwhile, and nobody would say so again.
        if connections.open() > 0 {
            let _ = timeout_at(look_again, connections.fewer()).await;
        }
    }
    // ANCHOR_END: drain
    Drained { open, cut, took: begin.elapsed() }
}
