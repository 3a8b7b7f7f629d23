//! A pool whose workers share one receiver behind a lock.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::pool::Job;

/// Threads that take turns at one receiver.
#[derive(Debug)]
pub struct Pool {
    queue: Option<SyncSender<Job>>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts `threads` threads, and a queue for `queued_max` jobs.
    #[must_use]
    pub fn new(threads: usize, queued_max: usize) -> Self {
        let (queue, jobs) = sync_channel(queued_max);
        let jobs = Arc::new(Mutex::new(jobs));
        let worker = |_| {
            thread::spawn({
                let jobs = Arc::clone(&jobs);
                move || work(&jobs)
            })
        };
        Self { queue: Some(queue), workers: (0..threads).map(worker).collect() }
    }

    /// Hands `job` to a worker, and waits while the queue is full.
    #[inline]
    pub fn submit(&self, job: Job) {
        let queue = self.queue.as_ref().expect("only `drop` takes it");
        queue.send(job).expect("a worker listens");
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue = None;
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

/// Whoever holds the lock waits for the next job, and the others wait for the lock.
fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}
