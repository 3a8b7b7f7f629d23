//! Goal: one load for all who ask for a key while it is being loaded; when its caller is cancelled or panics, another
//! one loads; and afterwards nothing is left.
//!
//! Method: futures that are polled by hand, so that each order of events is chosen, and wakers that say whether a future
//! would be polled again; loads are counted. Twice a runtime of tokio's plays along, and once two threads without one.
//! Not proven: all orders of events on many threads. The lock around the table and tokio's own tests stand for them.

use std::cell::Cell;
use std::future::poll_fn;
use std::hint;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use sync::flight::Flight;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use witness::rendezvous::WAIT_MAX;

/// A future that is polled by hand.
struct Task<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    woken: Arc<Woken>,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

impl<'a, T> Task<'a, T> {
    fn new(future: impl Future<Output = T> + 'a) -> Self {
        Self { future: Box::pin(future), woken: Arc::default() }
    }

    /// A future that has been polled once, and has something to wait for.
    fn begun(future: impl Future<Output = T> + 'a) -> Self {
        let mut task = Self::new(future);
        assert!(task.poll().is_pending(), "it waits");
        task
    }

    fn poll(&mut self) -> Poll<T> {
        self.woken.0.store(false, SeqCst);
        let waker = Waker::from(Arc::clone(&self.woken));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    fn is_woken(&self) -> bool {
        self.woken.0.load(SeqCst)
    }

    /// What it returns now.
    fn end(mut self) -> T {
        match self.poll() {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("it waits for something"),
        }
    }

    /// What it returns now, as a runtime would see it: only who has been woken is polled.
    fn end_woken(self) -> T {
        assert!(self.is_woken(), "it is woken");
        self.end()
    }
}

/// Loads that are counted.
#[derive(Default)]
struct Source {
    loads: Cell<usize>,
}

impl Source {
    /// A load that returns `value` when it is polled once more often than `awaits` times.
    async fn load<V>(&self, awaits: usize, value: V) -> V {
        self.loads.set(self.loads.get() + 1);
        for _ in 0..awaits {
            pause().await;
        }
        value
    }
}

/// Not ready once, and ready then.
async fn pause() {
    let mut before = true;
    poll_fn(|_| if std::mem::take(&mut before) { Poll::Pending } else { Poll::Ready(()) }).await;
}

#[test]
fn a_caller_alone_gets_what_it_loads() {
    let (flight, source) = (Flight::new(), Source::default());
    let mut caller = Task::begun(flight.load("key", || source.load(1, 7)));
    assert_eq!(flight.in_flight(), 1);
    assert_eq!(caller.poll(), Poll::Ready(7));
    assert_eq!((source.loads.get(), flight.in_flight()), (1, 0));
}

#[test]
fn nothing_happens_before_the_first_poll() {
    let (flight, source) = (Flight::new(), Source::default());
    let caller = Task::new(flight.load("key", || source.load(0, 7)));
    assert_eq!((source.loads.get(), flight.in_flight()), (0, 0));
    assert_eq!(caller.end(), 7);
}

#[test]
fn a_thousand_callers_need_one_load() {
    let (flight, source) = (Flight::new(), Source::default());
    let leader = Task::begun(flight.load("key", || source.load(1, 7)));
    let waiting: Vec<_> =
        (0..1000).map(|_| Task::begun(flight.load("key", || source.load(0, 8)))).collect();
    assert_eq!(flight.in_flight(), 1);
    assert!(!waiting.iter().any(Task::is_woken));
    assert_eq!(leader.end(), 7);
    for task in waiting {
        assert_eq!(task.end_woken(), 7);
    }
    assert_eq!((source.loads.get(), flight.in_flight()), (1, 0));
}

#[test]
fn keys_do_not_wait_for_each_other() {
    let (flight, source) = (Flight::new(), Source::default());
    let slow = Task::begun(flight.load("slow", || source.load(1, 1)));
    assert_eq!(Task::new(flight.load("quick", || source.load(0, 2))).end(), 2);
    assert_eq!(flight.in_flight(), 1);
    assert_eq!(slow.end(), 1);
}

#[test]
fn a_value_is_not_kept() {
    let (flight, source) = (Flight::new(), Source::default());
    let leader = Task::begun(flight.load("key", || source.load(1, Rc::new(7))));
    let waiting = Task::begun(flight.load("key", || source.load(0, Rc::new(8))));
    let value = leader.end();
    assert_eq!(waiting.end_woken(), value);
    assert_eq!(Rc::strong_count(&value), 1, "whoever has it has it alone");
    let again = Task::new(flight.load("key", || source.load(0, Rc::new(9)))).end();
    assert_eq!((*again, source.loads.get()), (9, 2));
}

#[test]
fn who_asks_after_the_load_has_ended_gets_a_new_one() {
    let (flight, source) = (Flight::new(), Source::default());
    let leader = Task::begun(flight.load("key", || source.load(1, "old")));
    let slow = Task::begun(flight.load("key", || source.load(0, "never")));
    assert_eq!(leader.end(), "old");
    let late = Task::new(flight.load("key", || source.load(0, "new")));
    assert_eq!(
        late.end(),
        "new",
        "the old one is over, although somebody has not collected it yet"
    );
    assert_eq!(slow.end_woken(), "old", "it asked before");
    assert_eq!((source.loads.get(), flight.in_flight()), (2, 0));
}

#[test]
fn who_leaves_an_old_load_leaves_the_new_one_alone() {
    let (flight, source) = (Flight::new(), Source::default());
    let leader = Task::begun(flight.load("key", || source.load(1, "old")));
    let slow = Task::begun(flight.load("key", || source.load(0, "never")));
    assert_eq!(leader.end(), "old");
    let late = Task::begun(flight.load("key", || source.load(1, "new")));
    assert_eq!(slow.end_woken(), "old", "it asked before");
    assert_eq!(flight.in_flight(), 1, "the slow one has left, the new load goes on");
    let with_it = Task::begun(flight.load("key", || source.load(0, "never")));
    assert_eq!((late.end(), with_it.end_woken()), ("new", "new"));
    assert_eq!((source.loads.get(), flight.in_flight()), (2, 0));
}

#[test]
fn who_leaves_an_old_load_takes_nobody_out_of_the_new_one() {
    let (flight, source) = (Flight::new(), Source::default());
    let leader = Task::begun(flight.load("key", || source.load(1, "old")));
    let slow = Task::begun(flight.load("key", || source.load(0, "never")));
    assert_eq!(leader.end(), "old");
    let [late, with_it] =
        [(); 2].map(|()| Task::begun(flight.load("key", || source.load(1, "new"))));
    assert_eq!(slow.end_woken(), "old");
    drop(with_it);
    assert_eq!(flight.in_flight(), 1, "two had joined, one has left");
    assert_eq!(late.end(), "new");
    assert_eq!(flight.in_flight(), 0);
}

/// Two threads ask at the same moment, again and again. Which orders there are is a matter of chance.
#[test]
fn of_two_threads_that_ask_at_the_same_time_one_loads() {
    const FOR: Duration = Duration::from_millis(300);
    let (flight, met, loads) = (Flight::new(), AtomicUsize::new(0), AtomicUsize::new(0));
    let end = Instant::now() + FOR;
    // Waits until both have come so often; nobody comes any more when the time is over.
    let meet = |times: usize| {
        met.fetch_add(1, SeqCst);
        let mut spins = 0_u32;
        while met.load(SeqCst) < 2 * times {
            spins += 1;
            if spins.is_multiple_of(1000) { thread::yield_now() } else { hint::spin_loop() }
        }
    };
    let (is_over, left_over) = (AtomicBool::new(false), AtomicUsize::new(0));
    let ask = |decides: bool| {
        for round in 0.. {
            if decides {
                is_over.store(Instant::now() > end, SeqCst);
            }
            meet(3 * round + 1);
            if is_over.load(SeqCst) {
                return round;
            }
            let load = || async {
                loads.fetch_add(1, SeqCst);
                pause().await;
            };
            let task = Task::begun(flight.load(0, load));
            meet(3 * round + 2);
            drop(task);
            meet(3 * round + 3);
            left_over.fetch_add(flight.in_flight(), SeqCst);
        }
        unreachable!("rounds have no end");
    };
    let rounds = thread::scope(|scope| {
        let other = scope.spawn(|| ask(false));
        let rounds = ask(true);
        other.join().expect("no panic");
        rounds
    });
    // The one that waits loads when the leader is dropped before it, and is dropped itself without being polled again.
    assert_eq!(loads.load(SeqCst), rounds);
    assert_eq!(left_over.load(SeqCst), 0, "in flight when both had left");
}

#[test]
fn wherever_a_leader_is_dropped_another_one_leads() {
    const AWAITS: usize = 5;
    for polls in 1..=AWAITS {
        let (flight, source) = (Flight::new(), Source::default());
        let mut leader = Task::new(flight.load("key", || source.load(AWAITS, 1)));
        assert!(leader.poll().is_pending());
        let first = Task::begun(flight.load("key", || source.load(0, 2)));
        let second = Task::begun(flight.load("key", || source.load(0, 3)));
        for _ in 1..polls {
            assert!(leader.poll().is_pending());
        }
        drop(leader);
        assert_eq!((first.is_woken(), second.is_woken()), (true, false), "who has waited longest");
        assert_eq!((first.end(), second.end_woken()), (2, 2), "the new leader's own load");
        assert_eq!((source.loads.get(), flight.in_flight()), (2, 0));
    }
}

#[test]
fn a_successor_that_is_dropped_before_it_begins_hands_over() {
    let (flight, source) = (Flight::new(), Source::default());
    let leader = Task::begun(flight.load("key", || source.load(1, 1)));
    let first = Task::begun(flight.load("key", || source.load(0, 2)));
    let second = Task::begun(flight.load("key", || source.load(1, 3)));
    drop(leader);
    assert!(first.is_woken());
    drop(first);
    assert!(second.is_woken());
    let mut second = second;
    assert!(second.poll().is_pending(), "it loads");
    let third = Task::begun(flight.load("key", || source.load(0, 4)));
    assert_eq!((second.end(), third.end_woken()), (3, 3));
    assert_eq!((source.loads.get(), flight.in_flight()), (2, 0));
}

#[test]
fn a_caller_that_comes_between_two_leaders_waits_for_the_second() {
    let (flight, source) = (Flight::new(), Source::default());
    let leader = Task::begun(flight.load("key", || source.load(1, 1)));
    let successor = Task::begun(flight.load("key", || source.load(0, 2)));
    drop(leader);
    let between = Task::begun(flight.load("key", || source.load(0, 3)));
    assert_eq!((successor.end_woken(), between.end_woken()), (2, 2));
    assert_eq!((source.loads.get(), flight.in_flight()), (2, 0));
}

#[test]
fn when_a_leader_panics_another_one_leads() {
    let (flight, source) = (Flight::new(), Source::default());
    let panics_later = || async {
        pause().await;
        panic!("the load's own fault")
    };
    let mut leader = Task::begun(flight.load("key", panics_later));
    let first = Task::begun(flight.load("key", || -> std::future::Ready<i32> {
        panic!("this one's, before there is a future")
    }));
    let second = Task::begun(flight.load("key", || source.load(0, 3)));
    assert!(catch_unwind(AssertUnwindSafe(|| leader.poll())).is_err());
    assert!(first.is_woken());
    assert!(catch_unwind(AssertUnwindSafe(|| first.end())).is_err());
    assert_eq!(second.end_woken(), 3);
    drop(leader);
    assert_eq!((source.loads.get(), flight.in_flight()), (1, 0));
}

#[test]
fn waiting_callers_that_go_change_nothing() {
    let (flight, source) = (Flight::new(), Source::default());
    let leader = Task::begun(flight.load("key", || source.load(1, 1)));
    let waiting = [(); 10].map(|()| Task::begun(flight.load("key", || source.load(0, 2))));
    let left: Vec<_> = waiting.into_iter().step_by(2).collect();
    assert_eq!(flight.in_flight(), 1);
    assert_eq!(leader.end(), 1);
    for task in left {
        assert_eq!(task.end_woken(), 1);
    }
    assert_eq!((source.loads.get(), flight.in_flight()), (1, 0));
}

#[test]
fn loads_that_are_given_up_leave_nothing() {
    let (flight, source) = (Flight::new(), Source::default());
    for key in 0..100 {
        let leader = Task::begun(flight.load(key, || source.load(1, 1)));
        let waiting = Task::begun(flight.load(key, || source.load(1, 2)));
        if key % 2 == 0 {
            drop(leader);
            assert_eq!(flight.in_flight(), 1, "somebody waits");
            drop(waiting);
        } else {
            drop((waiting, leader));
        }
        let panics = Task::new(flight.load(key, || async { panic!("the load's own fault") }));
        assert!(catch_unwind(AssertUnwindSafe(|| panics.end())).is_err());
        assert_eq!(flight.in_flight(), 0);
    }
}

#[test]
fn a_value_may_ask_again_when_it_is_dropped() {
    /// Each clone asks, the one in the flight, too.
    #[derive(Clone)]
    struct Asks(Rc<Flight<&'static str, Asks>>, Rc<Cell<Option<usize>>>);
    impl Drop for Asks {
        fn drop(&mut self) {
            self.1.set(Some(self.0.in_flight()));
        }
    }
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let (flight, source, asked) = (Rc::new(Flight::new()), Source::default(), Rc::default());
        let value = Asks(Rc::clone(&flight), Rc::clone(&asked));
        drop(Task::new(flight.load("key", || source.load(0, value))).end());
        tell.send(asked.get())
    });
    assert_eq!(told.recv_timeout(WAIT_MAX), Ok(Some(0)), "no lock is held");
}

const KEYS: usize = 10;
const CALLERS: usize = 500;

/// How often callers load who all find the cache empty, before any load has ended.
fn loads_of_a_stampede(runtime: Runtime, flight: Option<Flight<usize, usize>>) -> usize {
    let flight = Arc::new(flight);
    let (loads, waiting) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let all_wait = Arc::new(Notify::new());
    let mut tasks = JoinSet::new();
    for number in 0..CALLERS {
        let (flight, loads) = (Arc::clone(&flight), Arc::clone(&loads));
        let (waiting, all_wait) = (Arc::clone(&waiting), Arc::clone(&all_wait));
        let caller = async move {
            let key = number % KEYS;
            let load = || async {
                loads.fetch_add(1, SeqCst);
                all_wait.notified().await;
                2 * key
            };
            let mut value = pin!(async {
                match &*flight {
                    Some(flight) => flight.load(key, load).await,
                    None => load().await,
                }
            });
            let begun = poll_fn(|context| Poll::Ready(value.as_mut().poll(context))).await;
            assert!(begun.is_pending(), "it loads, or waits for who does");
            if waiting.fetch_add(1, SeqCst) + 1 == CALLERS {
                all_wait.notify_waiters();
            }
            assert_eq!(value.await, 2 * key);
        };
        tasks.spawn_on(caller, runtime.handle());
    }
    bounded(runtime, tasks.join_all());
    assert_eq!(flight.as_ref().as_ref().map_or(0, Flight::in_flight), 0);
    loads.load(SeqCst)
}

/// What `future` returns on `runtime`. A test that hangs says less than one that fails.
fn bounded<T: Send + 'static>(
    runtime: Runtime,
    future: impl Future<Output = T> + Send + 'static,
) -> T {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(runtime.block_on(future)));
    told.recv_timeout(WAIT_MAX).expect("the callers get their values")
}

#[test]
fn a_stampede_loads_each_key_once() {
    let runtime = || Builder::new_current_thread().build().expect("a runtime starts");
    assert_eq!(loads_of_a_stampede(runtime(), None), CALLERS);
    assert_eq!(loads_of_a_stampede(runtime(), Some(Flight::new())), KEYS);
}

#[test]
fn a_stampede_on_many_threads_does_so_too() {
    let runtime = Builder::new_multi_thread().worker_threads(4).build().expect("a runtime starts");
    assert_eq!(loads_of_a_stampede(runtime, Some(Flight::new())), KEYS);
}
