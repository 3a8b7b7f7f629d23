//! One `write` for each `read`.
//!
//! Rejected by: `a_partial_write_loses_nothing`, `byte_by_byte_still_comes_back_in_order`,
//! `of_a_piece_whose_end_could_not_be_sent_no_byte_counts`, `a_write_that_takes_nothing_is_an_error`,
//! `an_interrupted_write_is_tried_again`
//!
//! `write` returns how many bytes the send buffer took, and that can be fewer than you gave it. The rest of
//! `buffer[..received]` is still yours to send; here the next `read` writes over it.
// ANCHOR: write
let sent = stream.write(&buffer[..received])?;
*bytes += sent as u64;
// ANCHOR_END: write
