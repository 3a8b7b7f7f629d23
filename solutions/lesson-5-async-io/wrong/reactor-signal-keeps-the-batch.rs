//! The old batch goes only when there is a new one.
//!
//! Rejected by: `the_batch_of_an_interrupted_wait_is_empty_and_the_next_one_is_not`
//!
//! A wait that a signal ends has a batch, too, an empty one. If what was there before is still there, an event is handed out
//! that is older than the wait: what it was about may have been read, or have changed, long ago. And if you give the vector
//! away, the next wait needs one that has room. Clear the batch before you ask the kernel, whatever it says then.
// ANCHOR: wait
let mut batch = Vec::with_capacity(BATCH);
match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut batch), timeout.as_ref()) {
    Ok(_) => {
        self.batch = batch;
        self.taken = 0;
        Ok(())
    }
    Err(Errno::INTR) => Ok(()),
    Err(error) => Err(error.into()),
}
// ANCHOR_END: wait
