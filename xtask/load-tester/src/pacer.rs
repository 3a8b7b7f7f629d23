//! The open loop's clock: hands out one due time after the other, each when it has come.
//!
//! A runtime's timers count milliseconds, in which a fast server answers ten requests. This one is the kernel's
//! (timerfd_create(2)), which counts nanoseconds. Only one waiter at a time sleeps on it, in the order in which they came.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::unix::AsyncFd;
use tokio::sync::Mutex;

/// Due times at equal distances.
#[derive(Debug)]
pub struct Pacer {
    begin: Instant,
    /// Nanoseconds from one request to the next.
    step: f64,
    line: Mutex<Line>,
}

#[derive(Debug)]
struct Line {
    timer: AsyncFd<OwnedFd>,
    next: u64,
}

/// A request's turn.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// When it should be sent.
    pub due: Instant,
    /// How much later the timer woke us; `None` when it was due already, because no connection was free for it.
    pub late: Option<Duration>,
}

impl Pacer {
    /// So many a second, from now on. `offset` moves all of them, as a share of their distance.
    ///
    /// # Errors
    ///
    /// The kernel gives no timer.
    pub fn new(rate: f64, offset: f64) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        // Deprecated for types whose descriptor may change behind tokio's back: an `OwnedFd` keeps its own.
        #[expect(deprecated, reason = "its successor is unsafe, and this crate has no unsafe code")]
        let timer = AsyncFd::new(timerfd_create(TimerfdClockId::Monotonic, flags)?)?;
        let step = 1e9 / rate;
        let begin = Instant::now() + Duration::from_nanos((step * offset) as u64);
        Ok(Self { begin, step, line: Mutex::new(Line { timer, next: 0 }) })
    }

    /// Waits for the next turn.
    ///
    /// # Errors
    ///
    /// The timer fails.
    ///
    /// # Cancel safety
    ///
    /// A turn that was not returned stays for the next who asks.
    pub async fn turn(&self) -> io::Result<Turn> {
        let mut line = self.line.lock().await;
        let due = self.begin + Duration::from_nanos((line.next as f64 * self.step) as u64);
        let wait = due.saturating_duration_since(Instant::now());
        let mut late = None;
        if !wait.is_zero() {
            line.sleep(wait).await?;
            late = Some(due.elapsed());
        }
        line.next += 1;
        Ok(Turn { due, late })
    }
}

impl Line {
    async fn sleep(&self, wait: Duration) -> io::Result<()> {
        let it_value =
            Timespec { tv_sec: wait.as_secs().cast_signed(), tv_nsec: wait.subsec_nanos().into() };
        let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
        let time = Itimerspec { it_interval, it_value };
        timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::empty(), &time)?;
        loop {
            let mut ready = self.timer.readable().await?;
            let read = |timer: &AsyncFd<OwnedFd>| {
                Ok(rustix::io::read(timer.get_ref(), &mut [0; 8]).map(drop)?)
            };
            match ready.try_io(read) {
                Ok(done) => return done,
                Err(_would_block) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_in_order_and_not_before_they_are_due() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let pacer = Pacer::new(2000.0, 0.5).expect("a timer");
            let mut last = None;
            for _ in 0..40 {
                let turn = pacer.turn().await.expect("a turn");
                assert!(Instant::now() >= turn.due);
                if let Some(last) = last {
                    let step: Duration = turn.due - last;
                    assert!(step.abs_diff(Duration::from_micros(500)) < Duration::from_micros(1));
                }
                last = Some(turn.due);
            }
        });
    }
}
