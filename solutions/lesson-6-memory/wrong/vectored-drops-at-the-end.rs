//! What has gone is dropped when all has gone.
//!
//! Rejected by: `what_has_gone_is_dropped_at_once`
//!
//! A slow client that has taken nine of ten answers still holds the memory of all ten. Drop each piece as soon as its
//! last byte is gone.
// ANCHOR: gather
let mut gone = self.gone;
let mut count = 0;
for piece in &self.pieces {
    let piece = piece.as_ref();
    let skipped = gone.min(piece.len());
    gone -= skipped;
    if skipped < piece.len() && count < slices.len() {
        slices[count] = IoSlice::new(&piece[skipped..]);
        count += 1;
    }
}
count
// ANCHOR_END: gather
// ANCHOR: advance
self.left -= written;
self.gone += written;
if self.left == 0 {
    self.pieces.clear();
    self.gone = 0;
}
// ANCHOR_END: advance
