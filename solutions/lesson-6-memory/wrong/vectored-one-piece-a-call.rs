//! Each call takes one piece.
//!
//! Rejected by: `x`
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
