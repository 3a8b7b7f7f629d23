//! The carries are put back a fixed number of times.
//!
//! Rejected by: `checksums_carry_all_the_way`
//!
//! Adding what is above the lowest 16 bits to them gives a number that may again be longer than 16 bits, even the
//! second time. Go on until nothing is above: a `while`, which nearly always ends after two or three turns.
// ANCHOR: checksum
let (words, rest) = bytes.as_chunks::<4>();
let mut last = [0; 4];
last[..rest.len()].copy_from_slice(rest);
let mut sum = u64::from(u32::from_ne_bytes(last));
for word in words {
    sum += u64::from(u32::from_ne_bytes(*word));
}
sum = (sum & 0xffff) + (sum >> 16);
sum = (sum & 0xffff) + (sum >> 16);
(!(sum as u16)).to_be()
// ANCHOR_END: checksum
