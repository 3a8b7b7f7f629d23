//! Frames that `record.sh` captured, in the order in which they passed.

/// A client asks over IPv4, a server answers, both finish: nine frames, SYN to FIN.
pub(crate) const IPV4: &[u8] = include_bytes!("ipv4.pcap");
/// The same with a router-alert option in the client's IPv4 headers.
pub(crate) const IPV4_OPTIONS: &[u8] = include_bytes!("ipv4-options.pcap");
/// The same over IPv6.
pub(crate) const IPV6: &[u8] = include_bytes!("ipv6.pcap");
/// The same over loopback, where nobody fills in TCP's checksum.
pub(crate) const LOOPBACK: &[u8] = include_bytes!("loopback.pcap");
/// A SYN to a port on which nobody listens, and the RST that comes back.
pub(crate) const REFUSED: &[u8] = include_bytes!("refused.pcap");

/// The frames of a capture: a header of 24 bytes, then for each frame 16 bytes and its bytes
/// (pcap(5), little-endian here).
pub(crate) fn frames(mut capture: &[u8]) -> Vec<&[u8]> {
    assert_eq!(capture[..4], 0xa1b2_c3d4_u32.to_le_bytes(), "a little-endian pcap file");
    capture = &capture[24..];
    let mut frames = Vec::new();
    while let Some((record, rest)) = capture.split_first_chunk::<16>() {
        let length = u32::from_le_bytes(record[8..12].try_into().expect("four bytes")) as usize;
        let (frame, rest) = rest.split_at(length);
        frames.push(frame);
        capture = rest;
    }
    frames
}
