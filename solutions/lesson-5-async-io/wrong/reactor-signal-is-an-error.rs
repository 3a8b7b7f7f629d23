//! A signal is handed on as an error.
//!
//! Rejected by: `a_signal_is_no_error`
//!
//! `epoll_wait` is ended by any signal that has a handler, and is never restarted, whatever the handler asks for
//! (signal(7)). If that is an error, a reload by SIGHUP ends the server. Nothing is ready, and nothing is wrong: return an
//! empty batch, and let the loop come round.
// ANCHOR: wait
self.batch.clear();
self.taken = 0;
let spare = rustix::buffer::spare_capacity(&mut self.batch);
epoll::wait(&self.epoll, spare, timeout.as_ref())?;
Ok(())
// ANCHOR_END: wait
