//! It writes what is mapped, whatever has become of the file.
//!
//! Rejected by: `truncation::write_to_ends_with_an_error_and_no_signal`
//!
//! When a file is truncated within a page, the rest of that page is zeroes, and no fault tells. Ask for the length
//! before each write.
// ANCHOR: write_to
while part.start < part.end {
    // SAFETY: the bytes go to `write` and nowhere else.
    let bytes = unsafe { self.bytes() };
    let left = bytes.get(part.clone()).ok_or_else(truncated)?;
    match write(to, left) {
        Ok(written) => part.start += written,
        Err(Errno::INTR) => {}
        Err(Errno::AGAIN) => return Ok(Sent::SocketFull),
        Err(Errno::FAULT) => return Err(truncated()),
        Err(error) => return Err(error.into()),
    }
}
Ok(Sent::All)
// ANCHOR_END: write_to
