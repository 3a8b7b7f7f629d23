//! An answer is taken as long as there is any room.
//!
//! Rejected by: `an_answer_that_is_larger_than_the_bound_has_never_room`, `an_answer_without_room_is_given_back_whole`
//!
//! With one byte of room left, an answer of a megabyte is taken: the bound is exceeded by as much as one answer has, and a
//! client decides how much that is. Ask whether *this* answer fits.
// ANCHOR: push
let bytes: usize = answer.iter().map(|piece| piece.as_ref().len()).sum();
if self.left >= self.bytes_max {
    return Err(answer);
}
self.left += bytes;
self.pieces.extend(answer.into_iter().filter(|piece| !piece.as_ref().is_empty()));
Ok(())
// ANCHOR_END: push
