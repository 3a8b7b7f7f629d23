//! The odd byte at the end is added as the low half of a word.
//!
//! Rejected by: `an_odd_byte_counts_as_the_high_half_of_a_word`, `checksums_carry_all_the_way`,
//! `captured_checksums_hold`
//!
//! An odd byte at the end counts as if a zero byte followed it: it is the high half of the last word in network byte
//! order. Every checksum over an even number of bytes is right without that, which is why it is found late.
// ANCHOR: checksum
let (words, rest) = bytes.as_chunks::<2>();
let mut sum: u64 = rest.iter().map(|&byte| u64::from(byte)).sum();
for word in words {
    sum += u64::from(u16::from_be_bytes(*word));
}
while sum >> 16 != 0 {
    sum = (sum & 0xffff) + (sum >> 16);
}
!(sum as u16)
// ANCHOR_END: checksum
