//! Every carry is put back at once.
//!
//! Rejected by: the benchmark
//!
//! Four bytes a step are the smaller part. Each step still waits for the carry of the one before it, and a loop
//! with a test in it does not become vector code. RFC 1071 says that carries may be put back later: give them
//! room above the words, and fold once at the end.
// ANCHOR: checksum
let (words, rest) = bytes.as_chunks::<4>();
let mut last = [0; 4];
last[..rest.len()].copy_from_slice(rest);
let mut sum = u64::from(u32::from_be_bytes(last));
for word in words {
    sum += u64::from(u32::from_be_bytes(*word));
    if sum > u64::from(u32::MAX) {
        sum -= u64::from(u32::MAX);
    }
}
while sum >> 16 != 0 {
    sum = (sum & 0xffff) + (sum >> 16);
}
!(sum as u16)
// ANCHOR_END: checksum
