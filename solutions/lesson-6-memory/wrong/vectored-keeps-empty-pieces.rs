//! Empty pieces wait, too.
//!
//! Rejected by: `a_crowd_of_empty_pieces_hides_nothing`, `an_empty_piece_is_no_end`
//!
//! An answer without a body has an empty piece. If nothing else waits, `writev` of it takes 0 bytes, and that is what a
//! writer says that takes no more. Keep no piece that is empty.
// ANCHOR: push
let bytes: usize = answer.iter().map(|piece| piece.as_ref().len()).sum();
if bytes > self.bytes_max - self.left {
    return Err(answer);
}
self.left += bytes;
self.pieces.extend(answer);
Ok(())
// ANCHOR_END: push
// ANCHOR: send
while !self.pieces.is_empty() {
    let mut slices = [IoSlice::new(&[]); SLICES_MAX];
    let count = self.gather(&mut slices);
    match to.write_vectored(&slices[..count]) {
        Ok(0) => return Err(ErrorKind::WriteZero.into()),
        Ok(written) => self.advance(written),
        Err(error) if error.kind() == ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
}
Ok(())
// ANCHOR_END: send
