//! A popular entry of a cache has just gone, and many ask for it at the same time, from a database that can do a few things
//! at once: without single-flight and with it.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sync::flight::Flight;
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::sleep;
use witness::lab::{Column, Table, parameter, progress};

/// How many questions the database answers at once, and how long each takes it.
const AT_ONCE: usize = 4;
const LOAD: Duration = Duration::from_millis(5);

struct Database {
    busy: Semaphore,
    loads: Cell<u32>,
}

impl Database {
    async fn load(&self) -> u64 {
        let _turn = self.busy.acquire().await.expect("it is never closed");
        self.loads.set(self.loads.get() + 1);
        sleep(LOAD).await;
        7
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let clients = parameter("clients") as usize;
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("loads", "questions to the database", "", 0),
        column("first", "the first has its answer", "ms", 1),
        column("last", "the last has it", "ms", 1),
    ]);
    for (done, (key, title, together)) in
        [("each", "each for itself", false), ("flight", "single-flight", true)]
            .into_iter()
            .enumerate()
    {
        progress(done, 2);
        let (loads, times) = LocalSet::new().block_on(&runtime, ask(clients, together));
        let milliseconds = |time: Option<&Duration>| time.map(|time| time.as_secs_f64() * 1e3);
        table.row(
            key,
            title,
            &[Some(f64::from(loads)), milliseconds(times.first()), milliseconds(times.last())],
        );
    }
    progress(2, 2);
    table.note("The database answers four at a time, and needs 5 ms for each.");
    table.print();
    Ok(())
}

/// How many questions reach the database, and when each client has its answer, in that order.
async fn ask(clients: usize, together: bool) -> (u32, Vec<Duration>) {
    let database = Rc::new(Database { busy: Semaphore::new(AT_ONCE), loads: Cell::new(0) });
    let flight = Rc::new(Flight::<&str, u64>::new());
    let times = Rc::new(RefCell::new(Vec::new()));
    let begin = Instant::now();
    let client = |_| {
        let (database, flight, times) =
            (Rc::clone(&database), Rc::clone(&flight), Rc::clone(&times));
        spawn_local(async move {
            let answer = match together {
                true => flight.load("popular", || database.load()).await,
                false => database.load().await,
            };
            assert_eq!(answer, 7);
            times.borrow_mut().push(begin.elapsed());
        })
    };
    for client in (0..clients).map(client).collect::<Vec<_>>() {
        client.await.expect("no client panics");
    }
    (database.loads.get(), times.take())
}
