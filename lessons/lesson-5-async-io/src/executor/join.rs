//! What comes of a task.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

#[derive(Debug)]
enum State<T> {
    Running(Option<Waker>),
    Done(Option<T>),
}

/// Waits for a task's result. The task goes on without it when this is dropped.
#[derive(Debug)]
pub struct Join<T>(Rc<RefCell<State<T>>>);

impl<T> Join<T> {
    /// The future, changed into one that leaves its result here.
    #[inline]
    pub(crate) fn of<F>(future: F) -> (impl Future<Output = ()> + use<T, F>, Self)
    where
        F: Future<Output = T>,
    {
        let state = Rc::new(RefCell::new(State::Running(None)));
        let join = Self(Rc::clone(&state));
        let task = async move {
            let done = State::Done(Some(future.await));
            // The borrow has ended when the waker is woken: it may be anybody's code.
            let before = state.replace(done);
            if let State::Running(Some(waker)) = before {
                waker.wake();
            }
        };
        (task, join)
    }

    /// The result, once, if it is there.
    #[inline]
    pub fn take(&self) -> Option<T> {
        match &mut *self.0.borrow_mut() {
            State::Done(result) => result.take(),
            State::Running(_) => None,
        }
    }
}

impl<T> Future for Join<T> {
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match &mut *self.0.borrow_mut() {
            State::Done(result) => Poll::Ready(result.take().expect("a result is taken once")),
            State::Running(waker) => {
                // Whoever polled last is woken: the future may have moved to another task.
                match waker {
                    Some(waker) => waker.clone_from(context.waker()),
                    None => *waker = Some(context.waker().clone()),
                }
                Poll::Pending
            }
        }
    }
}
