//! Carries wait, and every step still looks how long its slice is.
//!
//! Rejected by: the benchmark
//!
//! `chunks(4)` gives slices of up to four bytes, and the last may be shorter, so each step has to look: the loop has a
//! test again, and does not become vector code. `as_chunks::<4>()` gives arrays of exactly four bytes, and what is left
//! separately.
// ANCHOR: checksum
let mut sum = 0_u64;
for part in bytes.chunks(4) {
    let mut word = [0; 4];
    word[..part.len()].copy_from_slice(part);
    sum += u64::from(u32::from_ne_bytes(word));
}
while sum >> 16 != 0 {
    sum = (sum & 0xffff) + (sum >> 16);
}
(!(sum as u16)).to_be()
// ANCHOR_END: checksum
