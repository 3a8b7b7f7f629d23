//! The Internet checksum, two bytes a step, every carry put back at once.

/// The checksum of `bytes`; an odd byte at the end counts as if a zero byte followed it.
#[inline]
#[must_use]
pub fn of(bytes: &[u8]) -> u16 {
    // ANCHOR: checksum
    let mut sum: u32 = 0;
    for pair in bytes.chunks(2) {
        let low = pair.get(1).copied().unwrap_or(0);
        sum += u32::from(u16::from_be_bytes([pair[0], low]));
        if sum > 0xffff {
            sum -= 0xffff;
        }
    }
    !(sum as u16)
    // ANCHOR_END: checksum
}
