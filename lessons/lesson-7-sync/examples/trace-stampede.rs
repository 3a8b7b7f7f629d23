//! Five requests miss the same key of a cold cache at the same time: each for itself, with single-flight, and with a leader
//! that leaves.
//!
//! The clock stands still until all wait, so that everything happens in one order.

use std::cell::Cell;
use std::error::Error;
use std::rc::Rc;
use std::time::Duration;

use sync::flight::Flight;
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, LocalSet, spawn_local, yield_now};
use tokio::time::{Instant, sleep};
use witness::trace::{Event, Gauge, Recorder, program};

const LOAD: Duration = Duration::from_millis(10);
const CLIENTS: [&str; 5] = ["A", "B", "C", "D", "E"];

struct Stage {
    trace: Recorder,
    flight: Flight<&'static str, u64>,
    loads: Cell<u64>,
    waiting: Cell<u64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title, max| Gauge { key, title, unit: "", max };
    let trace = Recorder::new(
        &[program("clients"), program("flight"), program("database")],
        &[gauge("loads", "questions", 8), gauge("waiting", "waiting", 5)],
    );
    let stage =
        Rc::new(Stage { trace, flight: Flight::new(), loads: Cell::new(0), waiting: Cell::new(0) });
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    LocalSet::new().block_on(&runtime, play(&stage));
    Ok(stage.trace.print()?)
}

async fn play(stage: &Rc<Stage>) {
    stage.event("clients", "miss").to("database").says("each for itself: five ask the database");
    let clients = CLIENTS.map(|name| stage.alone(name));
    settle().await;
    sleep(LOAD).await;
    settle().await;
    clients.iter().for_each(JoinHandle::abort);

    stage.loads.set(0);
    stage.event("clients", "miss").to("flight").says("with single-flight, five ask");
    let clients = CLIENTS.map(|name| stage.together(name));
    settle().await;
    sleep(LOAD).await;
    settle().await;
    clients.iter().for_each(JoinHandle::abort);

    stage.loads.set(0);
    stage.event("clients", "miss").to("flight").says("once more, and the leader's client leaves");
    let clients = CLIENTS.map(|name| stage.together(name));
    settle().await;
    clients[0].abort();
    settle().await;
    stage.waiting.set(stage.waiting.get() - 1);
    stage.event("flight", "lead").to("clients").says("who has waited longest leads now");
    sleep(LOAD).await;
    settle().await;
}

impl Stage {
    fn event(&self, lane: &'static str, kind: &'static str) -> Event<'_> {
        let event = self.trace.event(lane, kind).at(Instant::now().into_std());
        event.gauge("loads", self.loads.get()).gauge("waiting", self.waiting.get())
    }

    async fn load(&self, name: &str) -> u64 {
        self.loads.set(self.loads.get() + 1);
        self.event("database", "load").says(format!("{name}'s question is answered in 10 ms"));
        sleep(LOAD).await;
        7
    }

    fn alone(self: &Rc<Self>, name: &'static str) -> JoinHandle<()> {
        let stage = Rc::clone(self);
        self.waiting.set(self.waiting.get() + 1);
        spawn_local(async move {
            stage.load(name).await;
            stage.answered(name, "database");
        })
    }

    fn together(self: &Rc<Self>, name: &'static str) -> JoinHandle<()> {
        let stage = Rc::clone(self);
        self.waiting.set(self.waiting.get() + 1);
        spawn_local(async move {
            stage.flight.load("popular", || stage.load(name)).await;
            stage.answered(name, "flight");
        })
    }

    fn answered(&self, name: &str, by: &'static str) {
        self.waiting.set(self.waiting.get() - 1);
        self.event(by, "answer").to("clients").says(format!("{name} has its answer"));
    }
}

/// Lets everything happen that can happen now.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}
