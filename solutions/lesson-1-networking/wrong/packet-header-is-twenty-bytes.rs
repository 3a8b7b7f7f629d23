//! The IPv4 header is taken to be 20 bytes long.
//!
//! Rejected by: `ipv4_options_are_not_payload`, `captured_checksums_hold`, `every_truncation_is_an_error`,
//! `impossible_headers_are_errors`
//!
//! Nearly every IPv4 header is 20 bytes long, and the ones with options are not. The low half of the first byte says
//! how many words of four bytes there are; where the payload begins follows from it.
// ANCHOR: ipv4
if bytes.len() < 20 {
    return Err(PacketError::Truncated);
}
if bytes[0] >> 4 != 4 {
    return Err(PacketError::Version);
}
let total_length = usize::from(u16_at(bytes, 2));
if total_length < 20 {
    return Err(PacketError::Length);
}
let packet = bytes.get(..total_length).ok_or(PacketError::Truncated)?;
let (header, payload) = packet.split_at(20);
Ok(Self { header, payload })
// ANCHOR_END: ipv4
