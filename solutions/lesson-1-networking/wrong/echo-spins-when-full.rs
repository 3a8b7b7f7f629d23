//! A full send buffer is asked again at once.
//!
//! Rejected by: `would_block_while_writing_is_the_callers_to_handle`
//!
//! `WouldBlock` says that there is no room until the peer reads. Asking again at once asks a million times a second and
//! keeps a processor busy with it. Who waits, and how, is the caller's to decide: give the error back.
// ANCHOR: write
let mut sent = 0;
while sent < received {
    match stream.write(&buffer[sent..received]) {
        Ok(0) => return Err(ErrorKind::WriteZero.into()),
        Ok(taken) => sent += taken,
        Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
        Err(error) => return Err(error),
    }
}
*bytes += received as u64;
// ANCHOR_END: write
