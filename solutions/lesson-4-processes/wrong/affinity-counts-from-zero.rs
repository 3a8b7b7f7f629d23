//! The worker's index is taken for a processor's number.
//!
//! Rejected by: `each_worker_has_its_own_processor_of_the_mask`,
//! `more_workers_than_processors_are_not_pinned_unless_it_is_forced`
//!
//! That is right as long as the mask is 0, 1, 2 and so on, which it is on your machine. In a container that was given
//! processors 4 to 7, worker 0 would ask for processor 0, and the kernel refuse it. The index says where in `self.allowed` to
//! look.
// ANCHOR: in_turn
let in_turn = |worker| Some(worker);
// ANCHOR_END: in_turn
