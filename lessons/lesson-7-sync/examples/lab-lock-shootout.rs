//! Locks side by side: with nobody else, with two threads that want one all the time, and with eight.

use std::error::Error;
use std::hint::spin_loop;
use std::sync::Barrier;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::thread;
use std::time::{Duration, Instant};

use sync::lock::Lock;
use witness::lab::{Column, Table, parameter, progress};

/// A lock, seen from outside: does something while it is held.
trait Turn: Sync {
    fn turn(&self);
}

impl Turn for Lock<u64> {
    fn turn(&self) {
        *self.lock() += 1;
    }
}

impl Turn for std::sync::Mutex<u64> {
    fn turn(&self) {
        *self.lock().expect("nobody panics") += 1;
    }
}

impl Turn for parking_lot::Mutex<u64> {
    fn turn(&self) {
        *self.lock() += 1;
    }
}

/// Never sleeps.
#[derive(Default)]
struct Spin {
    held: AtomicBool,
    count: std::sync::atomic::AtomicU64,
}

impl Turn for Spin {
    fn turn(&self) {
        while self.held.swap(true, Acquire) {
            while self.held.load(Relaxed) {
                spin_loop();
            }
        }
        self.count.store(self.count.load(Relaxed) + 1, Relaxed);
        self.held.store(false, Release);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let turns = parameter("turns");
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("alone", "alone", "ns", 1),
        column("two", "two threads", "ns", 1),
        column("slower", "as a multiple", "×", 1),
        column("eight", "eight threads", "ns", 1),
        column("least", "of eight, the least lucky's share", "%", 1),
    ]);
    let locks: [(&str, &str, Box<dyn Turn>); 4] = [
        ("ours", "yours", Box::new(Lock::new(0_u64))),
        ("std", "std::sync::Mutex", Box::new(std::sync::Mutex::new(0_u64))),
        ("parking-lot", "parking_lot::Mutex", Box::new(parking_lot::Mutex::new(0_u64))),
        ("spin", "one that only spins", Box::new(Spin::default())),
    ];
    for (done, (key, title, lock)) in locks.iter().enumerate() {
        progress(done, locks.len());
        let [alone, two, eight] = [1, 2, 8].map(|threads| together(&**lock, threads, turns));
        let [alone, two, eight] =
            [alone, two, eight].map(|time| time.as_secs_f64() * 1e9 / turns as f64);
        let least = least_share(&**lock, Duration::from_millis(turns.min(200)));
        table.row(key, title, &[alone, two, two / alone, eight, least].map(Some));
    }
    progress(locks.len(), locks.len());
    table.note("The time for one turn, of all threads together. Of an eighth of the turns, which is fair, the share would be 100 %.");
    table.print();
    Ok(())
}

/// How long so many turns take, shared out among so many threads.
fn together(lock: &dyn Turn, threads: u64, turns: u64) -> Duration {
    let ready = Barrier::new(threads as usize);
    let work = || {
        ready.wait();
        (0..turns / threads).for_each(|_| lock.turn());
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        ready.wait();
        let begin = Instant::now();
        (0..turns / threads).for_each(|_| lock.turn());
        others.into_iter().for_each(|other| other.join().expect("nobody panics"));
        begin.elapsed()
    })
}

/// Eight threads take turns for a while. How many has the least lucky one, of an eighth?
fn least_share(lock: &dyn Turn, time: Duration) -> f64 {
    let end = Instant::now() + time;
    let work = || {
        let mut turns = 0_u64;
        while Instant::now() < end {
            lock.turn();
            turns += 1;
        }
        turns
    };
    let turns: Vec<u64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("nobody panics")).collect()
    });
    let (least, all) = (turns.iter().min().copied().unwrap_or(0), turns.iter().sum::<u64>());
    least as f64 * 800.0 / all as f64
}
