//! Workers behind the last processor get none.
//!
//! Rejected by: `more_workers_than_processors_are_not_pinned_unless_it_is_forced`
//!
//! Whoever asks for `Pinning::Always` means all of them. Begin again at the front of the list: `worker % self.allowed.len()`,
//! and see to it that an empty list divides nothing by zero.
// ANCHOR: in_turn
let in_turn = |worker: usize| self.allowed.get(worker).copied();
// ANCHOR_END: in_turn
