//! One write, and everything is taken for sent.
//!
//! Rejected by: `x`
//!
//! `write_vectored` says how many bytes the writer has taken, and on a connection that is often fewer. Go on until
//! nothing waits, or the writer says `WouldBlock`.
// ANCHOR: send
if self.left == 0 {
    return Ok(());
}
let mut slices = [IoSlice::new(&[]); SLICES_MAX];
let count = self.gather(&mut slices);
match to.write_vectored(&slices[..count]) {
    Ok(0) => Err(ErrorKind::WriteZero.into()),
    Ok(written) => {
        self.advance(written);
        Ok(())
    }
    Err(error) => Err(error),
}
// ANCHOR_END: send
