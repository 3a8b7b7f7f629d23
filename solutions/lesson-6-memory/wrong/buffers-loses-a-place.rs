//! What comes back is not counted.
//!
//! Rejected by: `a_buffer_comes_back_from_a_panic`, `a_buffer_comes_back_from_any_thread`,
//! `a_buffer_never_shows_what_was_in_it_before`, `a_warm_pool_allocates_nothing`,
//! `fill::a_file_that_ends_early_is_an_error_and_shows_nothing_stale`,
//! `fill::a_long_part_is_read_one_buffer_after_the_other`,
//! `fill::what_the_kernel_reports_is_passed_on_and_shows_nothing_stale`,
//! `the_last_to_come_back_is_the_first_to_be_taken`, `there_are_no_more_than_the_bound`,
//! `threads::threads_have_each_buffer_alone_and_never_too_many`, `what_was_used_least_recently_is_trimmed`
//!
//! `out` only goes up, so after as many transfers as there are buffers nobody gets one any more, while all of them lie
//! on the shelf. Each count that is taken up in one place must be taken down in another.
// ANCHOR: give_back
let bytes = mem::take(&mut self.bytes);
let mut shelf = self.pool.lock();
shelf.idle.push(bytes);
// ANCHOR_END: give_back
