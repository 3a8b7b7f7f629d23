//! Goal: the loop goes on while another thread works, and nobody works for a client that has left.
//!
//! Method: a pool that runs its jobs when the test says so; once, a real thread.
//! Not proven: that long work asks whether anybody waits. It has to do so itself.

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use async_io::offload::{Asker, Job, OffloadError, offload};
use witness::rendezvous::WAIT_MAX;

/// A pool with room for one job, which runs when a test says so.
#[derive(Default)]
struct Pool(RefCell<Option<Job>>);

impl Pool {
    fn submit(&self, job: Job) -> Result<(), Job> {
        if self.0.borrow().is_some() {
            return Err(job);
        }
        self.0.replace(Some(job));
        Ok(())
    }

    fn run(&self) {
        let job = self.0.take().expect("a job was submitted");
        // As a pool does, so that a panic costs one job.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

/// Counts wakes.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn the_result_comes_back() {
    let pool = Pool::default();
    let mut answer = pin!(offload(|job| pool.submit(job), |_: &Asker<'_, _>| Some(6 * 7)));
    assert_eq!(poll(answer.as_mut()), Poll::Pending, "nobody has worked yet");
    pool.run();
    assert_eq!(poll(answer), Poll::Ready(Ok(42)));
}

#[test]
fn whoever_waits_rests_until_the_result_is_there() {
    let pool = Pool::default();
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(Arc::clone(&wakes));
    let mut answer = pin!(offload(|job| pool.submit(job), |_: &Asker<'_, _>| Some(6 * 7)));
    assert!(answer.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let early = wakes.0.load(SeqCst);
    assert_eq!(early, 0, "wakes without a result: who looks again and again takes a processor");
    pool.run();
    assert_eq!(wakes.0.load(SeqCst), 1, "wakes when the result is there");
}

#[test]
fn a_full_pool_is_an_error_at_once() {
    let pool = Pool::default();
    let mut first = pin!(offload(|job| pool.submit(job), |_: &Asker<'_, _>| Some(1)));
    assert!(poll(first.as_mut()).is_pending());
    let second = pin!(offload(|job| pool.submit(job), |_: &Asker<'_, _>| Some(2)));
    assert_eq!(poll(second), Poll::Ready(Err(OffloadError::Full)));
    pool.run();
    assert_eq!(poll(first), Poll::Ready(Ok(1)));
}

#[test]
fn the_loop_does_not_work_itself_when_the_pool_is_full() {
    let (begun, begins) = mpsc::channel();
    let mut answer = pin!(offload(Err, move |_: &Asker<'_, _>| begun.send(()).ok()));
    let _ = poll(answer.as_mut());
    assert!(begins.try_recv().is_err(), "the work was done on the thread of all connections");
}

#[test]
fn work_that_panics_or_gives_up_is_an_error() {
    let pool = Pool::default();
    let mut answer =
        pin!(offload(|job| pool.submit(job), |_: &Asker<'_, ()>| panic!("the work's own fault")));
    assert!(poll(answer.as_mut()).is_pending());
    pool.run();
    assert_eq!(poll(answer), Poll::Ready(Err(OffloadError::Failed)));
    let mut answer = pin!(offload(|job| pool.submit(job), |_: &Asker<'_, ()>| None));
    assert!(poll(answer.as_mut()).is_pending());
    pool.run();
    assert_eq!(poll(answer), Poll::Ready(Err(OffloadError::Failed)));
}

#[test]
fn work_that_nobody_waits_for_never_begins() {
    let pool = Pool::default();
    let (begun, begins) = mpsc::channel();
    let mut answer =
        Box::pin(offload(|job| pool.submit(job), move |_: &Asker<'_, _>| begun.send(()).ok()));
    assert!(poll(answer.as_mut()).is_pending());
    drop(answer);
    pool.run();
    assert!(begins.try_recv().is_err(), "the client had left before the work began");
}

#[test]
fn work_that_has_begun_can_see_that_the_client_leaves() {
    let (working, begun) = mpsc::channel();
    let (leaving, left) = mpsc::channel::<()>();
    let (saw, seen) = mpsc::channel();
    let submit = |job: Job| {
        thread::spawn(job);
        Ok(())
    };
    let mut answer = Box::pin(offload(submit, move |asker: &Asker<'_, ()>| {
        working.send((asker.is_gone(), thread::current().id())).unwrap();
        left.recv_timeout(WAIT_MAX).unwrap();
        saw.send(asker.is_gone()).unwrap();
        None
    }));
    assert!(poll(answer.as_mut()).is_pending());
    let (gone, worker) = begun.recv_timeout(WAIT_MAX).expect("the work begins");
    assert!(!gone, "the client is still there");
    assert_ne!(worker, thread::current().id(), "on another thread");
    drop(answer);
    leaving.send(()).unwrap();
    assert!(seen.recv_timeout(WAIT_MAX).unwrap(), "the client has left");
}

#[test]
fn a_result_that_nobody_takes_is_no_panic() {
    let (working, begun) = mpsc::channel();
    let (leaving, left) = mpsc::channel::<()>();
    let thread = RefCell::new(None);
    let submit = |job: Job| {
        thread.replace(Some(thread::spawn(job)));
        Ok(())
    };
    let mut answer = Box::pin(offload(submit, move |_: &Asker<'_, _>| {
        working.send(()).unwrap();
        left.recv_timeout(WAIT_MAX).ok()
    }));
    assert!(poll(answer.as_mut()).is_pending());
    begun.recv_timeout(WAIT_MAX).expect("the work begins");
    drop(answer);
    leaving.send(()).unwrap();
    let thread = thread.take().expect("a job was submitted");
    assert!(thread.join().is_ok(), "the job panicked because its client had left meanwhile");
}

#[tokio::test(start_paused = true)]
async fn the_loop_goes_on_while_the_work_goes_on() {
    let (finish, finished) = mpsc::channel::<()>();
    let submit = |job: Job| {
        thread::spawn(job);
        Ok(())
    };
    let mut answer =
        pin!(offload(submit, move |_: &Asker<'_, _>| { finished.recv_timeout(WAIT_MAX).ok() }));
    // The work ends only when this task, on the same loop, has had its turn a hundred times.
    for _ in 0..100 {
        assert!(poll(answer.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    finish.send(()).unwrap();
    assert_eq!(answer.await, Ok(()));
}
