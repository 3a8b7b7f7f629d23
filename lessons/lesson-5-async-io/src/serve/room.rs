//! Room for another connection, when all are taken.
//!
//! Who has nothing to ask holds a connection all the same, for as long as `Limits::idle` lets it: with the limit's number of
//! silent connections, one peer would keep all others out for a minute. So those that have been idle for longest make room
//! when somebody waits. A client that is told so must be able to connect again anyway: its connection could have broken.
//!
//! Connections on which something is under way are not touched. The limits of their phases are what bounds them.

use std::rc::Rc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::SWEEP;
use super::phase::{Phase, Status};
use super::registry::Server;

/// How long a connection may be idle whoever waits: the next request is often on its way.
const IDLE_MIN: Duration = Duration::from_secs(1);
/// How many make room at once.
const AT_ONCE: usize = 32;
/// How often the listener is asked whether somebody waits.
const LOOK: Duration = Duration::from_millis(100);

impl<S> Server<S> {
    /// Waits until another connection may be accepted.
    pub(super) async fn room(&self, listener: &TcpListener) {
        while self.is_full() {
            if somebody_waits(listener) {
                self.make_room();
            }
            let _ = timeout(LOOK, self.fewer()).await;
        }
    }

    fn make_room(&self) {
        let now = self.clock.now();
        // A phase is dated to the look before it began.
        let is_idle = |status: &&Rc<Status>| {
            let idle = now.saturating_duration_since(status.began());
            status.phase() == Phase::Idle && idle >= IDLE_MIN + SWEEP
        };
        let connections = self.connections.borrow();
        let mut idle: Vec<_> = connections.values().filter(is_idle).collect();
        if idle.len() > AT_ONCE {
            idle.select_nth_unstable_by_key(AT_ONCE, |status| status.began());
        }
        for status in idle.into_iter().take(AT_ONCE) {
            if status.give_up() {
                self.count(|statistics| statistics.made_room += 1);
            }
        }
    }
}

/// Whether the kernel has a connection that is not accepted yet.
fn somebody_waits(listener: &TcpListener) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut awaited = [PollFd::new(listener, PollFlags::IN)];
    poll(&mut awaited, Some(&now)).is_ok_and(|ready| ready > 0)
}
