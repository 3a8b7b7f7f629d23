//! A stage that ends again forgets what it took before.
//!
//! Rejected by: `a_stage_that_ends_twice_gets_the_sum`, `the_stages_add_up_to_the_whole`
//!
//! Reading happens twice where the body comes behind the head. The first time would belong to nobody, and the stages would add
//! up to less than the whole.
// ANCHOR: finish
let passed = now.saturating_duration_since(self.mark);
self.spent[stage as usize] = passed.as_nanos() as u64;
self.mark = self.mark.max(now);
// ANCHOR_END: finish
