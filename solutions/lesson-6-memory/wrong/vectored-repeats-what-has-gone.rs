//! The first piece is sent again from its beginning.
//!
//! Rejected by: `x`
//!
//! When a write ends within a piece, a part of it has gone, and the client has it. Let the first slice begin behind
//! `gone`.
// ANCHOR: gather
for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
    *slice = IoSlice::new(piece.as_ref());
}
slices.len().min(self.pieces.len())
// ANCHOR_END: gather
