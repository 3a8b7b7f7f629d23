//! What comes back is not counted.
//!
//! Rejected by: `x`
//!
//! `out` only goes up, so after as many transfers as there are buffers nobody gets one any more, while all of them lie
//! on the shelf. Each count that is taken up in one place must be taken down in another.
// ANCHOR: give_back
let bytes = mem::take(&mut self.bytes);
let mut shelf = self.pool.lock();
shelf.idle.push(bytes);
// ANCHOR_END: give_back
