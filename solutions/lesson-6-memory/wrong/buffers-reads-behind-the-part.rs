//! It reads as much as there is room for.
//!
//! Rejected by: `fill::a_part_that_fits_is_read_as_a_whole`, `fill::nothing_behind_the_part_is_read`
//!
//! The part may end before the buffer does, and what lies behind it in the file was not asked for: it would go out with
//! the rest, and the part's start would run past its end. Ask for no more than is left of the part.
// ANCHOR: fill
while !part.is_empty() && self.room() > 0 {
    let stale = &mut self.bytes[self.filled..];
    match file.read_at(stale, part.start) {
        Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
        Ok(read) => {
            self.filled += read;
            part.start += read as u64;
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
}
Ok(())
// ANCHOR_END: fill
