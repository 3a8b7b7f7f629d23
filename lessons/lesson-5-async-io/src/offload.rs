#![allow(unused)] // delete when done
//! Work for another thread, given up when nobody waits for it.
//!
//! A computation of 50 ms on the event loop is a pause of 50 ms for every connection. So it goes to a
//! pool of threads, and the loop only waits for the result. The answer comes back through a oneshot
//! channel, which is at the same time the news in the other direction: when the client leaves, the
//! waiting future is dropped, the channel's receiver with it, and the work can see that its sender is
//! closed.

use std::fmt;

use tokio::sync::oneshot;

/// What a pool's thread runs, once.
pub type Job = Box<dyn FnOnce() + Send + 'static>;

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffloadError {
    /// The pool has no room: come again later.
    Full,
    /// The work panicked, or gave up.
    Failed,
}

/// Whoever waits for the result, as the work sees it.
#[derive(Debug)]
pub struct Asker<'a, T>(&'a oneshot::Sender<Option<T>>);

impl<T> Asker<'_, T> {
    /// Whether nobody waits any more. Long work asks this now and then, say every millisecond, and
    /// returns `None` when it is so.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        todo!("ask the channel")
    }
}

/// Has `work` done by a thread to which `submit` hands it, and waits for what it returns.
///
/// # Errors
///
/// [`OffloadError::Full`] when `submit` gives the job back, [`OffloadError::Failed`] when the work
/// panics or returns `None`.
///
/// # Cancel safety
///
/// Dropping the future loses the result, and tells the work: if it has not begun, it never does.
pub async fn offload<T, W>(
    submit: impl FnOnce(Job) -> Result<(), Job>,
    work: W,
) -> Result<T, OffloadError>
where
    T: Send + 'static,
    W: FnOnce(&Asker<'_, T>) -> Option<T> + Send + 'static,
{
    let (sender, result) = oneshot::channel::<Option<T>>();
    // when it begins, somebody may not wait any more: then it does nothing
    // the work gets an `Asker`, which borrows the sender
    // a job that panics drops its sender, and a receiver without a sender gets an error
    todo!("submit a job that works and sends, and wait for what it sends")
}

impl fmt::Display for OffloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the pool has no room",
            Self::Failed => "the work did not come to an end",
        })
    }
}

impl std::error::Error for OffloadError {}
