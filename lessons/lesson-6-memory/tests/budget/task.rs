//! A future that is polled by hand, and says what its wakers hear.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use memory::budget::{Admission, Admit, Shed};

/// A request that waits for its admission.
pub(crate) struct Task {
    future: Admit,
    woken: Arc<Woken>,
}

/// How often.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Task {
    pub(crate) fn new(future: Admit) -> Self {
        Self { future, woken: Arc::default() }
    }

    /// One that has been polled once, and waits.
    pub(crate) fn begun(future: Admit) -> Self {
        let mut task = Self::new(future);
        assert!(task.poll().is_pending(), "it waits");
        task
    }

    /// Polls it as an executor does that knows it by a new waker each time.
    pub(crate) fn poll(&mut self) -> Poll<Result<Admission, Shed>> {
        self.woken = Arc::default();
        let waker = Waker::from(Arc::clone(&self.woken));
        Pin::new(&mut self.future).poll(&mut Context::from_waker(&waker))
    }

    /// How often it has been woken since it was last polled.
    pub(crate) fn woken(&self) -> usize {
        self.woken.0.load(SeqCst)
    }

    /// Its admission, as an executor would see it: only who has been woken is polled.
    pub(crate) fn admitted(mut self) -> Admission {
        assert_eq!(self.woken(), 1, "it is woken once");
        match self.poll() {
            Poll::Ready(Ok(admission)) => admission,
            Poll::Ready(Err(shed)) => panic!("who waits is not shed: {shed}"),
            Poll::Pending => panic!("it was woken for nothing"),
        }
    }
}
