//! A batch is put behind the last one.
//!
//! Rejected by: `edge_tells_once_for_each_arrival`, `level_tells_again_as_long_as_something_is_left`,
//! `the_batch_of_an_interrupted_wait_is_empty_and_the_next_one_is_not`, `what_one_batch_cannot_hold_comes_in_the_next`
//!
//! `spare_capacity` appends. Without `clear` the old events stay, the vector is full after a while, and then the kernel has
//! no place for a single event: the wait returns at once, for ever. A batch begins with an empty vector, and with its first
//! event.
// ANCHOR: wait
self.taken = 0;
let spare = rustix::buffer::spare_capacity(&mut self.batch);
match epoll::wait(&self.epoll, spare, timeout.as_ref()) {
    Ok(_) | Err(Errno::INTR) => Ok(()),
    Err(error) => Err(error.into()),
}
// ANCHOR_END: wait
