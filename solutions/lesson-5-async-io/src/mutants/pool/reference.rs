//! The reference, in words.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, LocalSet, spawn_local, yield_now};

use crate::pool::trial::Lender;
use crate::pool::{Guard, Limits, Manage, Pool};

/// The reference.
#[must_use]
pub fn right() -> Lender {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime of one thread needs no system's help");
    let yard = Yard::default();
    let log = Rc::clone(&yard.log);
    let limits = Limits { min: 0, max: 2, uses_max: 3, ..Limits::default() };
    let pool = Pool::new(yard, limits).expect("the limits are sound");
    let mut hire = Hire { runtime, local: LocalSet::new(), pool, log, clients: HashMap::new() };
    Box::new(move |event| hire.told(event))
}

/// Drops the runtime last: what is in it may still look at the clock.
struct Hire {
    clients: HashMap<String, Client>,
    pool: Rc<Pool<Yard>>,
    local: LocalSet,
    runtime: Runtime,
    log: Rc<RefCell<Vec<String>>>,
}

struct Client {
    waits: JoinHandle<()>,
    boat: Rc<RefCell<Option<Guard<Yard>>>>,
}

impl Hire {
    fn told(&mut self, event: &str) -> Vec<String> {
        let (what, who) = event.split_once(' ').unwrap_or((event, ""));
        let Self { clients, pool, local, runtime, log } = self;
        let guard = runtime.enter();
        match what {
            "ask" => {
                let client = local.block_on(runtime, async { ask(pool, log, who) });
                clients.insert(who.to_owned(), client);
            }
            "built" => pool.manager().end(true),
            "failed" => pool.manager().end(false),
            "return" => drop(clients.remove(who)),
            "break" => {
                let client = clients.remove(who).expect("it has one");
                let boat = client.boat.take().expect("it has one");
                boat.broken.set(true);
            }
            "leave" => clients.remove(who).expect("it waits").waits.abort(),
            "close" => pool.close(),
            other => panic!("nobody knows what `{other}` means"),
        }
        drop(guard);
        // Everything that can happen now does.
        local.block_on(runtime, async {
            for _ in 0..20 {
                yield_now().await;
            }
        });
        log.take()
    }
}

fn ask(pool: &Rc<Pool<Yard>>, log: &Rc<RefCell<Vec<String>>>, who: &str) -> Client {
    let boat = Rc::new(RefCell::new(None));
    let (pool, log, who) = (Rc::clone(pool), Rc::clone(log), who.to_owned());
    let place = Rc::clone(&boat);
    let waits = spawn_local(async move {
        match pool.acquire().await {
            Ok(guard) => {
                log.borrow_mut().push(format!("lend {} to {who}", guard.number));
                place.replace(Some(guard));
            }
            Err(_) => log.borrow_mut().push(format!("refuse {who}")),
        }
    });
    Client { waits, boat }
}

/// Builds boats when it is told to.
#[derive(Default)]
struct Yard {
    log: Rc<RefCell<Vec<String>>>,
    begun: RefCell<VecDeque<oneshot::Sender<bool>>>,
    built: Cell<usize>,
}

impl Yard {
    /// The one that was begun first.
    fn end(&self, well: bool) {
        let first = self.begun.borrow_mut().pop_front().expect("one was begun");
        let _ = first.send(well);
    }
}

struct Boat {
    number: usize,
    broken: Cell<bool>,
    log: Rc<RefCell<Vec<String>>>,
}

impl Drop for Boat {
    fn drop(&mut self) {
        self.log.borrow_mut().push(format!("scrap {}", self.number));
    }
}

impl Manage for Yard {
    type Resource = Boat;
    type Error = ();

    async fn create(&self) -> Result<Boat, ()> {
        self.log.borrow_mut().push("build".to_owned());
        let (sender, end) = oneshot::channel();
        self.begun.borrow_mut().push_back(sender);
        if end.await != Ok(true) {
            return Err(());
        }
        let number = self.built.replace(self.built.get() + 1);
        Ok(Boat { number, broken: Cell::new(false), log: Rc::clone(&self.log) })
    }

    fn is_broken(&self, boat: &Boat) -> bool {
        boat.broken.get()
    }

    async fn check(&self, _: &mut Boat) -> bool {
        true
    }
}
