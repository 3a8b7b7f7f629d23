//! Everything behind the header is taken for payload.
//!
//! Rejected by: `padding_is_not_payload`, `every_truncation_is_an_error`, `impossible_headers_are_errors`
//!
//! The bytes that you are given may be longer than the packet: Ethernet pads short frames to 60 bytes. And they may be
//! shorter, when a capture cut them off. The total length in bytes 2 and 3 says where the packet ends.
// ANCHOR: ipv4
if bytes.len() < 20 {
    return Err(PacketError::Truncated);
}
if bytes[0] >> 4 != 4 {
    return Err(PacketError::Version);
}
let header_length = usize::from(bytes[0] & 0x0f) * 4;
if header_length < 20 {
    return Err(PacketError::Length);
}
if bytes.len() < header_length {
    return Err(PacketError::Truncated);
}
let (header, payload) = bytes.split_at(header_length);
Ok(Self { header, payload })
// ANCHOR_END: ipv4
