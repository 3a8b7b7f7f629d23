//! Work in three stages: items come from a source, are worked on by several threads, and go to a sink in the order in which
//! they came.
//!
//! # Bounded
//!
//! There are as many *permits* as items may be on the way. The source needs one before it makes an item, and the sink gives
//! it back when it is done with what became of it. So a slow sink slows down the source, and memory is bounded by the permits,
//! wherever in between the items are.
//!
//! # Cancelled
//!
//! Nothing is ever sent on the channel of a [`Cancel`]; it is closed when the work is to end. Who puts results in order waits
//! for that, too (`select!`), and drops its ends of the channels. Then a worker finds nobody who takes its result, and ends;
//! the source gets no new permit, and finds nobody who takes its item. So it ends, too, after the permits that it had: one
//! whose `next` never returns holds up the end, as work does that never returns.

use std::any::Any;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, select};

/// How much is done at once.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Threads that work.
    pub workers: NonZeroUsize,
    /// Items on the way from source to sink.
    pub window: NonZeroUsize,
}

/// Says that the work is to end: when it is dropped.
#[derive(Debug)]
pub struct Canceller(#[expect(dead_code, reason = "it is there to be dropped")] Sender<Infallible>);

/// Learns that the work is to end.
#[derive(Debug, Clone)]
pub struct Cancel(Receiver<Infallible>);

/// The work was ended before all was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// The two ends of a wish to end.
#[must_use]
pub fn cancel() -> (Canceller, Cancel) {
    let (sender, receiver) = bounded(0);
    (Canceller(sender), Cancel(receiver))
}

/// An item with its place, and a result or a panic with its place.
type Numbered<T> = (usize, T);
type Outcome<U> = Numbered<Result<U, Box<dyn Any + Send>>>;

/// Has `work` done on each item of `source`, and gives the results to `sink`, in the items' order. When it returns, all its
/// threads have ended.
///
/// # Errors
///
/// [`Cancelled`]; results that `sink` has got are the first ones, without a gap.
///
/// # Panics
///
/// `work` or `sink` panics, with what that has thrown; `source` panics.
pub fn run<T: Send, U: Send>(
    source: impl Iterator<Item = T> + Send,
    options: Options,
    cancel: &Cancel,
    work: impl Fn(T) -> U + Sync,
    sink: impl FnMut(U),
) -> Result<(), Cancelled> {
    let window = options.window.get();
    let (permit, permits) = bounded(window);
    (0..window).for_each(|_| permit.send(()).expect("there is room for each"));
    let (job, jobs) = bounded(window);
    let (result, results) = bounded(window);
    thread::scope(|scope| {
        scope.spawn(move || feed(source, permits, job));
        for _ in 0..options.workers.get() {
            let (jobs, result, work) = (jobs.clone(), result.clone(), &work);
            scope.spawn(move || labour(&jobs, work, &result));
        }
        // Only the threads have these ends now: when they end, the channels close.
        drop((jobs, result));
        collect(results, permit, &cancel.0, sink)
    })
}

/// The source's thread.
fn feed<T>(mut source: impl Iterator<Item = T>, permits: Receiver<()>, job: Sender<Numbered<T>>) {
    // ANCHOR: feed
    // TASK: for each permit, make an item and hand it on with its number, as long as there are any
    for (number, ()) in permits.into_iter().enumerate() {
        let Some(item) = source.next() else { return };
        if job.send((number, item)).is_err() {
            return;
        }
    }
    // ANCHOR_END: feed
}

/// A worker's thread.
fn labour<T, U>(jobs: &Receiver<Numbered<T>>, work: impl Fn(T) -> U, result: &Sender<Outcome<U>>) {
    // ANCHOR: labour
    // TASK: work on one item after the other, and send each result on with its item's number
    // STEP: a panic is a result, too (`catch_unwind`): without one, everybody would wait for it
    for (number, item) in jobs {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(item)));
        if result.send((number, outcome)).is_err() {
            return;
        }
    }
    // ANCHOR_END: labour
}

/// The calling thread: puts results in order.
fn collect<U>(
    results: Receiver<Outcome<U>>,
    permit: Sender<()>,
    cancel: &Receiver<Infallible>,
    mut sink: impl FnMut(U),
) -> Result<(), Cancelled> {
    // ANCHOR: collect
    // TASK: give results to the sink in their order, and each one's permit back
    // STEP: a result whose turn has not come is kept; a panic goes on here as soon as it has come (`resume_unwind`)
    // STEP: wait for a result and for the wish to end at once: `select!` with `recv(results)` and `recv(cancel)`
    let mut early = BTreeMap::new();
    let mut next = 0;
    loop {
        let (number, outcome) = select! {
            recv(results) -> result => match result {
                Ok(result) => result,
                Err(_) => return Ok(()),
            },
            recv(cancel) -> _ => return Err(Cancelled),
        };
        early.insert(number, outcome.unwrap_or_else(|panic| resume_unwind(panic)));
        while let Some(result) = early.remove(&next) {
            sink(result);
            next += 1;
            // The source may have ended.
            let _ = permit.try_send(());
        }
    }
    // ANCHOR_END: collect
}
