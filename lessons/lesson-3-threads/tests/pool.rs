//! Goal: n jobs run at the same time, the queue is bounded, a panic costs one job, and what was accepted is run before
//! the pool ends.
//!
//! Method: jobs that wait for each other or for a door, so that what happens at the same time needs no clock.
//! Not proven: speed (the benchmark), and that jobs which wait for each other cannot use up the pool. They can.

use std::num::NonZeroUsize;
use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, Scope};
use std::time::Duration;

use threads::pool::{Full, Pool, Unfinished};
use witness::rendezvous::{Door, Rendezvous, WAIT_MAX};
use witness::tcp::until;
use witness::thread::Thread;

fn pool(threads: usize, queued_max: usize) -> Pool {
    Pool::new("test", NonZeroUsize::new(threads).unwrap(), queued_max).expect("threads start")
}

/// A pool of one thread that stands before `door`, and a queue of `queued_max` that is empty.
fn occupied(queued_max: usize, door: &Door) -> Pool {
    let pool = pool(1, queued_max);
    let (begun, begins) = mpsc::channel();
    let door = door.clone();
    pool.submit(Box::new(move || {
        begun.send(()).unwrap();
        door.pass();
    }));
    begins.recv_timeout(WAIT_MAX).expect("an idle thread begins a job");
    pool
}

#[test]
fn a_job_runs_on_a_thread_of_the_pool() {
    let pool = pool(1, 1);
    let (send, receive) = mpsc::channel();
    pool.submit(Box::new(move || send.send(thread::current().name().map(String::from)).unwrap()));
    let name = receive.recv_timeout(WAIT_MAX).expect("the job runs");
    assert_eq!(name.as_deref(), Some("test-0"));
}

#[test]
fn as_many_jobs_run_at_once_as_there_are_threads() {
    let pool = pool(4, 4);
    let all = Rendezvous::of(4);
    let (send, receive) = mpsc::channel();
    for _ in 0..4 {
        let (all, send) = (all.clone(), send.clone());
        pool.submit(Box::new(move || send.send(all.meet()).unwrap()));
    }
    for _ in 0..4 {
        let met = receive.recv_timeout(2 * WAIT_MAX).expect("the job ends");
        assert_eq!(met, Ok(()));
    }
}

#[test]
fn a_full_queue_gives_the_job_back() {
    let door = Door::shut();
    let pool = occupied(2, &door);
    pool.try_submit(Box::new(|| {})).expect("room for the first");
    pool.try_submit(Box::new(|| {})).expect("room for the second");
    assert_eq!(pool.queued(), 2);
    let ran = Arc::new(AtomicUsize::new(0));
    let job = {
        let ran = Arc::clone(&ran);
        Box::new(move || {
            ran.fetch_add(1, SeqCst);
        })
    };
    let Full(job) = pool.try_submit(job).expect_err("there is no room for a third");
    assert_eq!(ran.load(SeqCst), 0, "a refused job has not run");
    job();
    assert_eq!(ran.load(SeqCst), 1, "the job that came back is the one that was handed over");
    door.open();
}

#[test]
fn submit_waits_for_room() {
    let door = Door::shut();
    let pool = occupied(1, &door);
    pool.try_submit(Box::new(|| {})).expect("room for one");
    let (ran, runs) = mpsc::channel();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| pool.submit(Box::new(move || ran.send(()).unwrap())));
        assert!(!waiting.is_finished(), "the queue is full");
        door.open();
        waiting.join().expect("it goes on when there is room");
    });
    runs.recv_timeout(WAIT_MAX).expect("the job that had to wait runs");
}

#[test]
fn jobs_of_one_thread_run_in_the_order_in_which_they_came() {
    let pool = pool(1, 100);
    let (send, receive) = mpsc::channel();
    for number in 0..100 {
        let send = send.clone();
        pool.submit(Box::new(move || send.send(number).unwrap()));
    }
    for number in 0..100 {
        assert_eq!(receive.recv_timeout(WAIT_MAX), Ok(number));
    }
}

/// What somebody throws, and what throws when it is dropped.
struct PanicsAgain;

impl Drop for PanicsAgain {
    fn drop(&mut self) {
        panic!("the panic's own fault");
    }
}

#[test]
fn a_panic_costs_one_job_and_no_thread() {
    let pool = pool(2, 16);
    for _ in 0..8 {
        pool.submit(Box::new(|| panic!("the job's own fault")));
    }
    has_two_threads(&pool);
    assert_eq!(pool.panicked(), 8);
}

#[test]
fn what_a_job_throws_may_panic_when_it_is_dropped() {
    let pool = pool(1, 16);
    pool.submit(Box::new(|| panic_any(PanicsAgain)));
    until(|| Ok(pool.panicked() == 1)).expect("the job's own panic is counted");
    assert_eq!(pool.shutdown(WAIT_MAX), Ok(()), "its thread goes on, and ends in order");
}

fn has_two_threads(pool: &Pool) {
    // Both threads are still there: these two need each other.
    let both = Rendezvous::of(2);
    let (send, receive) = mpsc::channel();
    for _ in 0..2 {
        let (both, send) = (both.clone(), send.clone());
        pool.submit(Box::new(move || send.send(both.meet()).unwrap()));
    }
    for _ in 0..2 {
        assert_eq!(receive.recv_timeout(2 * WAIT_MAX).expect("the job ends"), Ok(()));
    }
}

#[test]
fn a_thread_without_a_job_is_not_woken() {
    let pool = pool(1, 1);
    let (send, receive) = mpsc::channel();
    pool.submit(Box::new(move || send.send(Thread::this().unwrap()).unwrap()));
    let idle = receive.recv_timeout(WAIT_MAX).expect("the job runs");
    idle.until_asleep().unwrap();
    let before = idle.sleeps().unwrap();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(idle.sleeps().unwrap() - before, 0, "times it was woken in 100 ms without a job");
}

#[test]
fn dropping_the_pool_runs_what_was_accepted() {
    let door = Door::shut();
    let pool = occupied(50, &door);
    let ran = Arc::new(AtomicUsize::new(0));
    for _ in 0..50 {
        let ran = Arc::clone(&ran);
        pool.submit(Box::new(move || {
            ran.fetch_add(1, SeqCst);
        }));
    }
    assert_eq!(ran.load(SeqCst), 0);
    thread::scope(|scope| {
        opened_in_sleep(scope, &door);
        drop(pool);
        assert_eq!(ran.load(SeqCst), 50, "jobs that have run when `drop` returns");
    });
}

/// Opens the door when the calling thread sleeps: it waits for somebody.
fn opened_in_sleep<'scope>(scope: &'scope Scope<'scope, '_>, door: &Door) {
    let (thread, door) = (Thread::this().unwrap(), door.clone());
    scope.spawn(move || {
        thread.until_asleep().unwrap();
        door.open();
    });
}

#[test]
fn dropping_the_pool_joins_its_threads() {
    let (inside, door) = (Arc::new(()), Door::shut());
    let pool = pool(3, 3);
    for _ in 0..3 {
        let (inside, door) = (Arc::clone(&inside), door.clone());
        pool.submit(Box::new(move || {
            door.pass();
            drop(inside);
        }));
    }
    thread::scope(|scope| {
        opened_in_sleep(scope, &door);
        drop(pool);
        assert_eq!(Arc::strong_count(&inside), 1, "no thread of the pool holds anything any more");
    });
}

#[test]
fn shutdown_returns_as_soon_as_all_has_run() {
    let pool = pool(2, 10);
    let ran = Arc::new(AtomicUsize::new(0));
    for _ in 0..10 {
        let ran = Arc::clone(&ran);
        pool.submit(Box::new(move || {
            ran.fetch_add(1, SeqCst);
        }));
    }
    // The deadline lies behind the test's own time limit.
    assert_eq!(pool.shutdown(Duration::from_secs(3600)), Ok(()));
    assert_eq!(ran.load(SeqCst), 10);
}

#[test]
fn shutdown_does_not_wait_behind_its_deadline() {
    let door = Door::shut();
    let pool = occupied(1, &door);
    assert_eq!(pool.shutdown(Duration::ZERO), Err(Unfinished { running: 1 }));
    assert!(!door.was_passed(), "`shutdown` has waited until the job was over");
    door.open();
}

#[test]
fn a_job_may_own_the_last_handle_to_its_pool() {
    let door = Door::shut();
    let pool = Arc::new(occupied(1, &door));
    let (send, receive) = mpsc::channel();
    let last = Arc::clone(&pool);
    pool.submit(Box::new(move || {
        drop(last);
        send.send(()).unwrap();
    }));
    drop(pool);
    door.open();
    receive.recv_timeout(WAIT_MAX).expect("a thread does not wait for itself");
}
