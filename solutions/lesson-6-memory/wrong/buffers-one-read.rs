//! One read fills it.
//!
//! Rejected by: `fill::a_file_that_ends_early_is_an_error_and_shows_nothing_stale`,
//! `fill::reads_that_are_short_are_not_the_end`
//!
//! `read_at` may return less than it was asked for, at the end of a page or because of a signal, and it is not the end
//! of the file. Go on until the buffer is full, the part is empty, or 0 bytes came.
// ANCHOR: fill
if part.is_empty() || self.room() == 0 {
    return Ok(());
}
let wanted = (part.end - part.start).min(self.room() as u64) as usize;
let stale = &mut self.bytes[self.filled..self.filled + wanted];
match file.read_at(stale, part.start)? {
    0 => Err(ErrorKind::UnexpectedEof.into()),
    read => {
        self.filled += read;
        part.start += read as u64;
        Ok(())
    }
}
// ANCHOR_END: fill
