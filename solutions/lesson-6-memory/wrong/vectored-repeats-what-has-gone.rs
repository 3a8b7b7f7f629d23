//! The first piece is sent again from its beginning.
//!
//! Rejected by: `a_write_may_end_anywhere` (panicked), `an_answer_without_room_is_given_back_whole` (panicked),
//! `an_interrupted_call_is_made_again` (panicked), `one_byte_at_a_time_arrives_in_order`,
//! `what_has_gone_is_dropped_at_once` (panicked), `whatever_the_pieces_and_the_writes` (panicked)
//!
//! When a write ends within a piece, a part of it has gone, and the client has it. Let the first slice begin behind
//! `gone`.
// ANCHOR: gather
for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
    *slice = IoSlice::new(piece.as_ref());
}
slices.len().min(self.pieces.len())
// ANCHOR_END: gather
