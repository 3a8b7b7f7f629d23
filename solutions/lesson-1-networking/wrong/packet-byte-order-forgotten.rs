//! The sum's bytes are in the machine's order.
//!
//! Rejected by: `the_checksum_of_one_word_is_its_complement`, `checksums_agree_with_the_definition`,
//! `an_odd_byte_counts_as_the_high_half_of_a_word`, `checksums_carry_all_the_way`, `captured_checksums_hold`
//!
//! Adding words in the machine's own order is right and fast: the sum of swapped words is the swapped sum. But swapped it
//! is, so swap once, at the very end: `.to_be()`.
// ANCHOR: checksum
let (words, rest) = bytes.as_chunks::<4>();
let mut last = [0; 4];
last[..rest.len()].copy_from_slice(rest);
let mut sum = u64::from(u32::from_ne_bytes(last));
for word in words {
    sum += u64::from(u32::from_ne_bytes(*word));
}
while sum >> 16 != 0 {
    sum = (sum & 0xffff) + (sum >> 16);
}
!(sum as u16)
// ANCHOR_END: checksum
