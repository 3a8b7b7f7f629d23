//! Two transfers in opposite directions, each of which takes its two locks one after the other.
//!
//! This program says when a thread takes its next lock, so that everything happens in one order. Whether the thread has it or
//! waits, it does not say: a thread that waits for a lock sleeps, and the kernel knows.

use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use witness::rendezvous::WAIT_MAX;
use witness::thread::Thread;
use witness::trace::{Event, Gauge, Recorder, kernel, program};

/// What a thread is told to do.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// The thread takes the lock of the account.
    Take(usize, usize),
    /// The thread gives back all that it has.
    #[allow(dead_code, reason = "`trace-ordered` does that")]
    GiveBack(usize),
}

use Step::{GiveBack, Take};

/// How often it is looked whether a thread sleeps.
const LOOK_EVERY: Duration = Duration::from_micros(50);
const THREADS: [&str; 2] = ["0 to 1", "1 to 0"];
const LOCKS: [&str; 2] = ["lock 0", "lock 1"];

#[allow(dead_code, reason = "`trace-ordered` has a `main` of its own")]
fn main() -> Result<(), Box<dyn Error>> {
    play(&[Take(0, 0), Take(1, 1), Take(0, 1), Take(1, 0)])
}

/// Plays the steps, and says what became of each.
pub(crate) fn play(steps: &[Step]) -> Result<(), Box<dyn Error>> {
    let trace = Recorder::new(
        &[program(THREADS[0]), kernel(LOCKS[0]), kernel(LOCKS[1]), program(THREADS[1])],
        &[Gauge { key: "asleep", title: "threads that sleep", unit: "", max: 2 }],
    );
    let locks = Arc::new([Mutex::new(()), Mutex::new(())]);
    let mut stage = Stage {
        trace: &trace,
        threads: [Teller::start(&locks)?, Teller::start(&locks)?],
        asleep: Vec::new(),
    };
    for &step in steps {
        match step {
            Take(thread, lock) => stage.takes(thread, lock)?,
            GiveBack(thread) => stage.gives_back(thread)?,
        }
    }
    // Who waits still waits for ever: the end of the program is theirs, too.
    Ok(trace.print()?)
}

struct Stage<'t> {
    trace: &'t Recorder,
    threads: [Teller; 2],
    /// Threads, and the locks that they wait for.
    asleep: Vec<(usize, usize)>,
}

impl Stage<'_> {
    fn event(&self, thread: usize, kind: &'static str) -> Event<'_> {
        self.trace.event(THREADS[thread], kind).gauge("asleep", self.asleep.len() as u64)
    }

    fn takes(&mut self, thread: usize, lock: usize) -> Result<(), Box<dyn Error>> {
        if self.threads[thread].takes(lock)? {
            self.event(thread, "has").to(LOCKS[lock]).says(format!("has lock {lock}"));
            return Ok(());
        }
        self.asleep.push((thread, lock));
        let event = self.event(thread, "sleeps").to(LOCKS[lock]);
        let says = format!("wants lock {lock}, which the other one has, and sleeps");
        if self.asleep.len() < 2 {
            event.says(says);
        } else {
            event.bad().says(says);
        }
        Ok(())
    }

    /// Whoever waits gets what it wants.
    fn gives_back(&mut self, thread: usize) -> Result<(), Box<dyn Error>> {
        self.threads[thread].orders.send(None)?;
        self.threads[thread].done.recv_timeout(WAIT_MAX)?;
        self.event(thread, "gives-back").says("gives both locks back");
        while let Some((waiting, lock)) = self.asleep.pop() {
            self.threads[waiting].done.recv_timeout(WAIT_MAX)?;
            self.event(waiting, "has").to(LOCKS[lock]).says(format!("wakes up, has lock {lock}"));
        }
        Ok(())
    }
}

/// A thread that takes locks when it is told to.
struct Teller {
    thread: Thread,
    /// Which lock it takes; or all are given back.
    orders: Sender<Option<usize>>,
    /// It has done what it was told to do.
    done: Receiver<()>,
    /// It is at it.
    begun: Arc<AtomicBool>,
}

impl Teller {
    fn start(locks: &Arc<[Mutex<()>; 2]>) -> io::Result<Self> {
        let (orders, told) = channel::<Option<usize>>();
        let (did, done) = channel();
        let (says, said) = channel();
        let (locks, begun) = (Arc::clone(locks), Arc::new(AtomicBool::new(false)));
        let beginning = Arc::clone(&begun);
        thread::spawn(move || {
            let _ = says.send(Thread::this());
            let mut has = Vec::new();
            for order in told {
                beginning.store(true, SeqCst);
                match order {
                    Some(lock) => has.push(locks[lock].lock().expect("nobody panics")),
                    None => has.clear(),
                }
                beginning.store(false, SeqCst);
                let _ = did.send(());
            }
        });
        let thread = said.recv().map_err(io::Error::other)??;
        Ok(Self { thread, orders, done, begun })
    }

    /// Has it take a lock, and says whether it got it. If not, it sleeps.
    fn takes(&self, lock: usize) -> Result<bool, Box<dyn Error>> {
        self.orders.send(Some(lock))?;
        let begin = Instant::now();
        while begin.elapsed() < WAIT_MAX {
            if self.done.recv_timeout(LOOK_EVERY).is_ok() {
                return Ok(true);
            }
            // It has begun, and sleeps: for the lock, unless it has got it meanwhile and sleeps until it hears more.
            if self.begun.load(SeqCst) && self.thread.is_asleep()? && self.begun.load(SeqCst) {
                return Ok(self.done.try_recv().is_ok());
            }
        }
        Err("a teller neither has its lock nor sleeps".into())
    }
}
