//! An answer without room is taken as far as it fits.
//!
//! Rejected by: `x`
//!
//! The head waits, and its body comes back to the caller, who does not know that half of the answer is under way. Add
//! up what the whole answer needs before you take any of it.
// ANCHOR: push
let mut answer = answer;
for piece in &answer {
    if piece.as_ref().len() > self.bytes_max - self.left {
        return Err(answer);
    }
    self.left += piece.as_ref().len();
}
self.pieces.extend(answer.iter_mut().map(|piece| piece).filter(|piece| !piece.as_ref().is_empty()));
Ok(())
// ANCHOR_END: push
