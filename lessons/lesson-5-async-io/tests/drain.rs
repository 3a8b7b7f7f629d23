//! Goal: whoever has a request under way gets an answer, whoever is idle gets a last chance, and it ends in any case.
//!
//! Method: invented connections on a clock that stands still until all wait.
//! Not proven: what real connections do when they are told so; the tests of `serve` do that.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use async_io::drain::{Connections, Drained, Patience, drain};
use tokio::spawn;
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until, timeout};

/// An invented connection.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// It has been idle since then.
    Idle(Instant),
    /// Its request is answered then.
    Busy(Instant),
    /// It never ends by itself.
    Stuck,
}

/// Longer than any drain.
const HOUR: Duration = Duration::from_secs(3600);

struct Invented {
    connections: RefCell<Vec<Kind>>,
    announced: Cell<bool>,
    looked_unannounced: Cell<bool>,
    asked: Cell<u32>,
    fewer: Notify,
}

fn after(milliseconds: u64) -> Instant {
    Instant::now() + Duration::from_millis(milliseconds)
}

impl Invented {
    fn of(connections: &[Kind]) -> Self {
        Self {
            connections: RefCell::new(connections.to_vec()),
            announced: Cell::new(false),
            looked_unannounced: Cell::new(false),
            asked: Cell::new(0),
            fewer: Notify::new(),
        }
    }

    fn keep(&self, keep: impl Fn(&Kind) -> bool) {
        let before = self.open();
        self.connections.borrow_mut().retain(keep);
        if self.open() < before {
            self.fewer.notify_waiters();
        }
    }

    /// Lets busy connections end at their times.
    async fn live(&self) {
        loop {
            let connections = self.connections.borrow().clone();
            let end = |kind: &Kind| if let Kind::Busy(end) = *kind { Some(end) } else { None };
            let Some(next) = connections.iter().filter_map(end).min() else { return };
            sleep_until(next).await;
            self.keep(|kind| *kind != Kind::Busy(next));
        }
    }

    async fn drained(&self, patience: Patience) -> Drained {
        tokio::select! {
            biased;
            () = async { self.live().await; std::future::pending().await } => unreachable!(),
            drained = timeout(HOUR, drain(self, patience)) => drained.expect("it ends"),
        }
    }
}

impl Connections for Invented {
    fn announce(&self) {
        self.announced.set(true);
    }

    fn close_idle(&self, quiet: Duration) {
        self.looked_unannounced.set(self.looked_unannounced.get() || !self.announced.get());
        self.asked.set(self.asked.get() + 1);
        self.keep(|kind| !matches!(kind, Kind::Idle(since) if since.elapsed() >= quiet));
    }

    fn open(&self) -> usize {
        self.connections.borrow().len()
    }

    fn busy(&self) -> usize {
        let connections = self.connections.borrow();
        connections.iter().filter(|kind| !matches!(kind, Kind::Idle(_))).count()
    }

    async fn fewer(&self) {
        self.fewer.notified().await;
    }

    fn cut(&self) {
        self.keep(|_| false);
    }
}

#[tokio::test(start_paused = true)]
async fn with_no_connections_it_takes_no_time() {
    let nobody = Invented::of(&[]);
    let drained = nobody.drained(Patience::default()).await;
    assert_eq!(drained, Drained { open: 0, cut: 0, took: Duration::ZERO });
}

#[tokio::test(start_paused = true)]
async fn requests_that_have_begun_are_answered() {
    let busy = Invented::of(&[Kind::Busy(after(10)), Kind::Busy(after(2000))]);
    let drained = busy.drained(Patience::default()).await;
    assert_eq!(drained, Drained { open: 2, cut: 0, took: Duration::from_secs(2) });
    assert!(busy.announced.get(), "each answer says that it is the last one");
    assert!(!busy.looked_unannounced.get(), "it is announced before anybody is closed");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_has_a_last_chance() {
    let idle = Invented::of(&[Kind::Idle(Instant::now())]);
    let Drained { cut, took, .. } = idle.drained(Patience::default()).await;
    assert_eq!(cut, 0);
    let quiet = Patience::default().quiet;
    assert!(took >= quiet, "closed after {took:?}, and it was to be quiet for {quiet:?}");
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_closed_though_nobody_leaves() {
    let idle = Invented::of(&[Kind::Idle(Instant::now())]);
    let Drained { took, .. } = idle.drained(Patience::default()).await;
    let quiet = Patience::default().quiet;
    assert!(took <= quiet * 2, "closed after {took:?}, though it was quiet for {quiet:?}");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_soon_after_its_last_chance() {
    let idle_soon = Invented::of(&[Kind::Idle(after(10))]);
    let Drained { took, .. } = idle_soon.drained(Patience::default()).await;
    let quiet = Patience::default().quiet;
    assert!(
        took <= quiet * 3 / 2,
        "idle from 10 ms on, and closed after {took:?}: it is looked at a few times in each {quiet:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn it_ends_as_soon_as_the_last_one_has_gone() {
    // Between two looks, however often it looks.
    let busy = Invented::of(&[Kind::Busy(after(1013))]);
    let drained = busy.drained(Patience::default()).await;
    let gone = Duration::from_millis(1013);
    assert_eq!(drained.took, gone, "the last one has gone then, and nobody is waited for");
}

#[tokio::test(start_paused = true)]
async fn who_is_idle_at_the_deadline_has_lost_nothing() {
    let idle = Invented::of(&[Kind::Idle(Instant::now()), Kind::Stuck]);
    let short = Patience { deadline: Duration::from_millis(100), ..Patience::default() };
    let Drained { open, cut, .. } = idle.drained(short).await;
    assert_eq!((open, cut), (2, 1), "how many were open, and how many requests were cut off");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_may_come_before_the_next_look() {
    let stuck = Invented::of(&[Kind::Stuck]);
    let short = Patience { deadline: Duration::from_millis(100), ..Patience::default() };
    let drained = stuck.drained(short).await;
    assert_eq!(drained.took, short.deadline, "it ends at its deadline, not at the look behind it");
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_it_ends_and_says_what_it_cut_off() {
    let now = Instant::now();
    let stuck =
        Invented::of(&[Kind::Stuck, Kind::Idle(now), Kind::Stuck, Kind::Busy(after(50_000))]);
    let drained = stuck.drained(Patience::default()).await;
    assert_eq!(drained, Drained { open: 4, cut: 3, took: Duration::from_secs(30) });
    assert_eq!(stuck.open(), 0);
}

#[tokio::test(start_paused = true)]
async fn it_sleeps_while_it_waits() {
    let stuck = Invented::of(&[Kind::Stuck]);
    stuck.drained(Patience::default()).await;
    let periods = Patience::default().deadline.as_millis() / Patience::default().quiet.as_millis();
    let asked = u128::from(stuck.asked.get());
    assert!(asked <= periods * 8, "it looked {asked} times in {periods} periods of quiet");
}

#[tokio::test(start_paused = true)]
async fn however_short_the_quiet_time_is_it_sleeps_between_two_looks() {
    let stuck = Invented::of(&[Kind::Stuck]);
    let short = Patience { quiet: Duration::from_millis(4), deadline: Duration::from_secs(1) };
    stuck.drained(short).await;
    let asked = stuck.asked.get();
    assert!(
        asked <= 101,
        "it looked {asked} times in a second, with 10 ms (`LOOK_MIN`) in between"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deadline_of_zero_cuts_at_once() {
    let stuck = Invented::of(&[Kind::Stuck]);
    let at_once = Patience { deadline: Duration::ZERO, ..Patience::default() };
    assert_eq!(stuck.drained(at_once).await, Drained { open: 1, cut: 1, took: Duration::ZERO });
}

/// Notes at each look how many turns others have had since it began, or since one was gone.
#[derive(Default)]
struct Turns {
    since: RefCell<Arc<AtomicU32>>,
    at_looks: RefCell<Vec<u32>>,
    open: Cell<usize>,
}

impl Turns {
    fn begin(&self) {
        const TURNS: u32 = 5;
        let turns = Arc::default();
        self.since.replace(Arc::clone(&turns));
        spawn(async move {
            for _ in 0..TURNS {
                turns.fetch_add(1, SeqCst);
                yield_now().await;
            }
        });
    }
}

impl Connections for Turns {
    fn announce(&self) {}

    fn close_idle(&self, _quiet: Duration) {
        self.at_looks.borrow_mut().push(self.since.borrow().load(SeqCst));
        self.open.set(self.open.get() - 1);
    }

    fn open(&self) -> usize {
        self.open.get()
    }

    fn busy(&self) -> usize {
        0
    }

    async fn fewer(&self) {
        self.begin();
    }

    fn cut(&self) {}
}

#[tokio::test(start_paused = true)]
async fn before_each_look_others_have_two_turns() {
    let turns = Turns { open: Cell::new(3), ..Turns::default() };
    turns.begin();
    drain(&turns, Patience::default()).await;
    let at_looks = turns.at_looks.take();
    assert!(
        at_looks.len() == 3 && at_looks.iter().all(|&turns| turns >= 2),
        "turns that a connection had to read what has arrived: {at_looks:?}"
    );
}
