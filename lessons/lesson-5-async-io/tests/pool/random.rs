//! Orders of events that nobody has thought of. After each event everything goes on as far as it can without time
//! passing, and then what must always be so is looked at.

use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use async_io::pool::{Guard, Limits};
use proptest::prelude::*;
use tokio::runtime::Builder;
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::boats::{Hire, Lent, Luck, Sea, Task, Yard, alone, asking, hire, lend, settle};

#[derive(Debug, Clone)]
enum Event {
    Ask,
    /// A caller leaves; which one of those that are there.
    Leave(usize),
    Return(usize),
    Discard(usize),
    /// One that is lent is broken; it is noticed when it comes back.
    Break(usize),
    /// Milliseconds pass.
    Wait(u64),
    Building(Luck),
    Trying(Luck),
    Evict,
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![
        4 => Just(Luck::Good),
        2 => (1u64..2000).prop_map(|time| Luck::Slow(Duration::from_millis(time))),
        2 => Just(Luck::Bad),
        1 => (1u64..2000).prop_map(|time| Luck::SlowlyBad(Duration::from_millis(time))),
        1 => Just(Luck::Stuck),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => Just(Event::Ask),
        2 => any::<usize>().prop_map(Event::Leave),
        5 => any::<usize>().prop_map(Event::Return),
        1 => any::<usize>().prop_map(Event::Discard),
        1 => any::<usize>().prop_map(Event::Break),
        3 => (1u64..3000).prop_map(Event::Wait),
        2 => luck().prop_map(Event::Building),
        2 => luck().prop_map(Event::Trying),
        1 => Just(Event::Evict),
    ]
}

struct World {
    hire: Hire,
    sea: Rc<Sea>,
    limits: Limits,
    /// Who waits, in the order in which they came.
    callers: VecDeque<Task<Lent>>,
    lent: Vec<Guard<Yard>>,
}

impl World {
    async fn play(&mut self, event: Event) {
        match event {
            Event::Ask => {
                let mut caller = asking(&self.hire);
                match caller.poll() {
                    Poll::Ready(Ok(boat)) => {
                        self.fair(self.callers.len());
                        self.lent.push(boat);
                    }
                    Poll::Ready(Err(_)) => {}
                    Poll::Pending => self.callers.push_back(caller),
                }
            }
            Event::Leave(which) if !self.callers.is_empty() => {
                drop(self.callers.remove(which % self.callers.len()));
            }
            Event::Return(which) if !self.lent.is_empty() => {
                drop(self.lent.swap_remove(which % self.lent.len()));
            }
            Event::Discard(which) if !self.lent.is_empty() => {
                self.lent.swap_remove(which % self.lent.len()).discard();
            }
            Event::Break(which) if !self.lent.is_empty() => {
                self.lent[which % self.lent.len()].leaks.set(true);
            }
            Event::Wait(milliseconds) => sleep(Duration::from_millis(milliseconds)).await,
            Event::Building(luck) => self.sea.building.set(luck),
            Event::Trying(luck) => self.sea.trying.set(luck),
            Event::Evict => drop(self.hire.evict()),
            Event::Leave(_) | Event::Return(_) | Event::Discard(_) | Event::Break(_) => {}
        }
        self.go_on().await;
        self.look();
    }

    /// Polls whoever is woken, until nobody is.
    async fn go_on(&mut self) {
        let mut polled = true;
        while std::mem::take(&mut polled) {
            settle().await;
            let mut waiting = VecDeque::new();
            for mut caller in std::mem::take(&mut self.callers) {
                if !caller.is_woken() {
                    waiting.push_back(caller);
                    continue;
                }
                polled = true;
                match caller.poll() {
                    Poll::Ready(Ok(boat)) => {
                        self.fair(waiting.len());
                        self.lent.push(boat);
                    }
                    Poll::Ready(Err(_)) => {}
                    Poll::Pending => waiting.push_back(caller),
                }
            }
            self.callers = waiting;
        }
    }

    /// Somebody is served while so many wait who came before.
    fn fair(&self, waiting: usize) {
        // Who has its boat checked stands in no queue, and may be overtaken.
        let checks = self.limits.check_after < Duration::MAX;
        assert!(checks || waiting == 0, "{waiting} were overtaken");
    }

    /// What must be so when nothing goes on without time passing.
    fn look(&self) {
        let (now, sea) = (self.hire.statistics(), &self.sea);
        assert!(sea.most.get() <= self.limits.max, "{} at the same time", sea.most.get());
        assert_eq!(now.open, sea.there.get(), "places and boats");
        let checked = self.callers.len() - now.waiting;
        assert_eq!(now.in_use(), self.lent.len() + checked, "{now:?}");
        assert!(now.waiting == 0 || now.idle == 0, "one waits while one is idle: {now:?}");
        let cared_for = now.waiting <= now.creating || now.open == self.limits.max;
        assert!(cared_for, "one waits while there is room: {now:?}");
        assert!(now.waiting <= self.limits.waiting_max);
        assert_eq!(now.totals.created - now.closed(), (now.open - now.creating) as u64);
    }

    /// All leave, and everything is there again.
    async fn end(mut self) {
        self.callers.clear();
        self.lent.clear();
        self.sea.building.set(Luck::Good);
        self.sea.trying.set(Luck::Good);
        sleep(Duration::from_secs(100)).await;
        self.look();
        for _ in 0..self.limits.max {
            self.lent.push(lend(&self.hire).await);
        }
        self.look();
        self.hire.close();
        self.lent.clear();
        assert_eq!(self.hire.drained(Duration::ZERO).await, Ok(()));
        assert_eq!(self.sea.there.get(), 0);
    }
}

fn play(limits: Limits, events: Vec<Event>) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(alone(async {
        let (hire, sea) = hire(limits);
        spawn_local(Rc::clone(&hire).maintain());
        let mut world = World { hire, sea, limits, callers: VecDeque::new(), lent: Vec::new() };
        for event in events {
            world.play(event).await;
        }
        world.end().await;
    }));
}

/// Small enough for every limit to be met often.
fn limits() -> impl Strategy<Value = Limits> {
    (0usize..3, 1usize..5, 1u64..6, 1usize..8).prop_map(|(min, max, uses_max, waiting_max)| {
        Limits {
            min: min.min(max),
            max,
            uses_max,
            waiting_max,
            idle_max: Duration::from_secs(3),
            acquire_max: Duration::from_secs(4),
            create_max: Duration::from_secs(1),
            check_after: Duration::MAX,
            check_max: Duration::from_millis(500),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn in_any_order_nothing_is_lost_and_nobody_is_overtaken(
        limits in limits(),
        events in proptest::collection::vec(event(), 1..80),
    ) {
        play(limits, events);
    }

    #[test]
    fn with_checks_nothing_is_lost_either(
        limits in limits(),
        events in proptest::collection::vec(event(), 1..80),
    ) {
        play(Limits { check_after: Duration::from_secs(1), ..limits }, events);
    }
}
