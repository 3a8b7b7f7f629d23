//! The Internet checksum (RFC 1071): the one's complement of the one's complement sum of all 16-bit
//! words.
//!
//! One's complement addition puts a carry out of the highest bit back in at the lowest. RFC 1071 §2
//! derives from that what makes it cheap: carries may be kept and added later, words may be summed
//! several side by side, and a sum of byte-swapped words is the byte-swapped sum. Code that wrote
//! the sum into a packet finds 0 when it sums again.

use std::net::IpAddr;

/// The checksum of `bytes`; an odd byte at the end counts as if a zero byte followed it.
#[inline]
#[must_use]
pub fn of(bytes: &[u8]) -> u16 {
    // ANCHOR: checksum
    // GIVEN: src/naive/checksum.rs
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    // 64 bits hold the carries of 2³² words, which no packet has; without a test in it, the loop
    // becomes vector code.
    let mut sum = u64::from(u32::from_ne_bytes(last));
    for word in words {
        sum += u64::from(u32::from_ne_bytes(*word));
    }
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16).to_be()
    // ANCHOR_END: checksum
}

/// The checksum of a TCP segment on its way from `source` to `destination`: addresses, protocol and
/// length are summed too, as a pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1). Nothing is copied
/// together for it: sums can be added.
#[must_use]
pub fn of_tcp(source: IpAddr, destination: IpAddr, segment: &[u8]) -> u16 {
    let length = segment.len() as u32;
    let sums = [
        sum_of_address(source),
        sum_of_address(destination),
        u16::from(super::TCP),
        (length >> 16) as u16,
        length as u16,
        !of(segment),
    ];
    !sums.into_iter().fold(0, add)
}

fn sum_of_address(address: IpAddr) -> u16 {
    match address {
        IpAddr::V4(address) => !of(&address.octets()),
        IpAddr::V6(address) => !of(&address.octets()),
    }
}

/// One's complement addition: the carry comes back in at the lowest bit.
fn add(left: u16, right: u16) -> u16 {
    let (sum, carry) = left.overflowing_add(right);
    sum + u16::from(carry)
}
