//! Each call takes one piece.
//!
//! Rejected by: `a_write_may_end_anywhere`, `all_that_waits_goes_out_in_one_call`,
//! `an_error_is_reported_and_what_has_not_gone_stays`, `many_pieces_go_out_in_few_calls`,
//! `nothing_is_written_when_nothing_waits`
//!
//! It is right, and it is what this is to save: a call for each head and each body. Fill the list, and hand over all of
//! it.
// ANCHOR: gather
let mut gone = self.gone;
for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
    *slice = IoSlice::new(&piece.as_ref()[mem::take(&mut gone)..]);
}
slices.len().min(self.pieces.len()).min(1)
// ANCHOR_END: gather
