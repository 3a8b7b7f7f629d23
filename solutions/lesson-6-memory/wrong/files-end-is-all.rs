//! When no byte is sent, all is sent.
//!
//! Rejected by: `truncation::a_part_that_ends_behind_the_file_is_the_same_error`,
//! `truncation::send_ends_with_an_error_where_the_file_ends`,
//! `truncation::send_survives_a_truncation_in_the_middle_of_the_call`
//!
//! `sendfile` returns 0 at the end of the file. If the part is not sent by then, the file has become shorter, and the
//! client was promised more: that is an error, and the connection must be closed.
// ANCHOR: send
while part.start < part.end {
    let wanted = (part.end - part.start).min(CALL_BYTES_MAX);
    match sendfile(to, &self.file, Some(&mut part.start), wanted as usize) {
        Ok(0) => return Ok(Sent::All),
        Ok(_) | Err(Errno::INTR) => {}
        Err(Errno::AGAIN) => return Ok(Sent::SocketFull),
        Err(error) => return Err(error.into()),
    }
}
Ok(Sent::All)
// ANCHOR_END: send
