//! Whoever makes room lets in one of those who wait.
//!
//! Rejected by: `x`
//!
//! One heavy guard that goes may be room for many light ones. With one wake-up for each that goes, the others sleep beside
//! free room, and if nobody else comes and goes, for ever. Let in whoever is first, until one does not fit.
// ANCHOR: admit_waiting
let mut admitted = Vec::new();
if let Some(first) = self.queue.front()
    && self.take(first.weight).is_ok()
{
    admitted.extend(self.queue.pop_front().map(|first| first.waker));
}
admitted
// ANCHOR_END: admit_waiting
