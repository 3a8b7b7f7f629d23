//! Bytes are counted as they are taken.
//!
//! Rejected by: `of_a_piece_whose_end_could_not_be_sent_no_byte_counts`
//!
//! What the send buffer has taken is not what the peer has got: when it is gone, nobody knows how much of a piece arrived. So
//! `Echoed::bytes` counts a piece when all of it has been taken, and none of it otherwise. Count behind the loop.
// ANCHOR: write
let mut sent = 0;
while sent < received {
    match stream.write(&buffer[sent..received]) {
        Ok(0) => return Err(ErrorKind::WriteZero.into()),
        Ok(taken) => {
            sent += taken;
            *bytes += taken as u64;
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
}
// ANCHOR_END: write
