//! A pool with two connections at most, to a database that needs a while to accept one: six clients, one of which gives up, and a
//! connection that breaks.
//!
//! The clock stands still until all wait, so that everything happens in one order; the database is this program.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::rc::Rc;
use std::time::Duration;

use async_io::pool::{Guard, Limits, Manage, Pool};
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, LocalSet, spawn_local, yield_now};
use tokio::time::{Instant, sleep};
use witness::trace::{Event, Gauge, Recorder, program};

/// How long it takes to log in.
const LOG_IN: Duration = Duration::from_millis(20);

fn main() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title, max| Gauge { key, title, unit: "", max };
    let trace = Rc::new(Recorder::new(
        &[program("clients"), program("pool"), program("database")],
        &[
            gauge("open", "open, or being opened", 2),
            gauge("idle", "idle", 2),
            gauge("waiting", "waiting", 5),
        ],
    ));
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    LocalSet::new().block_on(&runtime, play(&trace))?;
    Ok(trace.print()?)
}

/// Takes a while to log in to.
#[derive(Default)]
struct Database {
    logged_in: Cell<u32>,
}

struct Connection {
    number: u32,
    broken: bool,
}

impl Manage for Database {
    type Resource = Connection;
    type Error = ();

    async fn create(&self) -> Result<Connection, ()> {
        sleep(LOG_IN).await;
        self.logged_in.set(self.logged_in.get() + 1);
        Ok(Connection { number: self.logged_in.get(), broken: false })
    }

    fn is_broken(&self, connection: &Connection) -> bool {
        connection.broken
    }

    async fn check(&self, _: &mut Connection) -> bool {
        true
    }
}

struct Stage {
    trace: Rc<Recorder>,
    pool: Rc<Pool<Database>>,
}

impl Stage {
    fn event(&self, lane: &'static str, kind: &'static str) -> Event<'_> {
        let now = self.pool.statistics();
        let event = self.trace.event(lane, kind).at(Instant::now().into_std());
        let event = event.gauge("open", now.open as u64).gauge("idle", now.idle as u64);
        event.gauge("waiting", now.waiting as u64)
    }

    /// Asks, and waits in a task of its own.
    async fn ask(self: &Rc<Self>, name: &'static str) -> Client {
        let held = Rc::new(RefCell::new(None));
        let (stage, place) = (Rc::clone(self), Rc::clone(&held));
        let task = spawn_local(async move {
            let guard = stage.pool.acquire().await.expect("the database is there");
            let event = stage.event("pool", "lend").to("clients");
            event.says(format!("connection {} for {name}", guard.number));
            place.replace(Some(guard));
        });
        settle().await;
        if held.borrow().is_none() {
            let event = self.event("clients", "ask").to("pool");
            event.says(format!("{name} asks: none is idle, and it waits"));
        }
        Client { name, task, held }
    }

    async fn give_back(&self, client: Client) {
        let guard = client.held.take().expect("it has one");
        let number = guard.number;
        drop(guard);
        let event = self.event("clients", "return").to("pool");
        event.says(format!("{} gives connection {number} back", client.name));
        settle().await;
    }
}

struct Client {
    name: &'static str,
    task: JoinHandle<()>,
    held: Rc<RefCell<Option<Guard<Database>>>>,
}

/// Lets everything happen that can happen now.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

async fn play(trace: &Rc<Recorder>) -> Result<(), Box<dyn Error>> {
    let limits = Limits { min: 0, max: 2, ..Limits::default() };
    let pool = Pool::new(Database::default(), limits)?;
    let stage = Rc::new(Stage { trace: Rc::clone(trace), pool });
    let (a, b) = (stage.ask("A").await, stage.ask("B").await);
    let (c, d, e) = (stage.ask("C").await, stage.ask("D").await, stage.ask("E").await);
    stage
        .event("pool", "log-in")
        .to("database")
        .says("two log in, and there is no room for a third");
    sleep(2 * LOG_IN).await;
    d.task.abort();
    settle().await;
    stage.event("clients", "leave").says("D has waited for long enough, and leaves the queue");
    stage.give_back(a).await;
    b.held.borrow_mut().as_mut().expect("it has one").broken = true;
    stage.event("database", "break").bad().says("B's connection breaks");
    stage.give_back(b).await;
    stage
        .event("pool", "log-in")
        .to("database")
        .says("it is closed, and its place is taken: for E, one logs in");
    sleep(2 * LOG_IN).await;
    stage.give_back(c).await;
    stage.give_back(e).await;
    let f = stage.ask("F").await;
    stage.give_back(f).await;
    Ok(())
}
