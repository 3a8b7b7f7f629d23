//! Behind a signal, the wait begins again.
//!
//! Rejected by: `a_signal_ends_the_wait`
//!
//! Elsewhere to try again after `EINTR` is right: a `write` has something to finish. Here somebody waits for whatever happens,
//! and a signal has happened. Its handler can do no more than note it, for the loop to look at when it comes round. If `wait`
//! does not return, the loop comes round when the next client comes, and SIGTERM waits until then. And a wait that begins
//! again has its whole time once more.
// ANCHOR: wait
self.batch.clear();
self.taken = 0;
loop {
    let spare = rustix::buffer::spare_capacity(&mut self.batch);
    match epoll::wait(&self.epoll, spare, timeout.as_ref()) {
        Ok(_) => return Ok(()),
        Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
}
// ANCHOR_END: wait
