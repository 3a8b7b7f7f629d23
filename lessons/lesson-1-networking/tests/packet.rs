//! Goal: fields are read where they stand, whatever the lengths say; bad bytes are errors, never
//! panics; nothing is copied.
//!
//! Method: frames captured between two network namespaces (`captured/record.sh`), every truncation
//! of them, and a checksum by definition beside the one under test.
//! Not proven: speed (the benchmark), and protocols that the lesson leaves out (VLAN tags,
//! fragments, IPv6 extension headers).

mod captured;

use std::hint::black_box;
use std::net::IpAddr;

use captured::{IPV4, IPV4_OPTIONS, IPV6, LOOPBACK, REFUSED, frames};
use networking::packet::{
    self, ACK, Ethernet, FIN, Ipv4, Ipv6, PacketError, RST, SYN, Tcp, checksum,
};
use witness::allocations::{CountingAllocator, counted};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn ipv4(frame: &[u8]) -> Ipv4<'_> {
    let ethernet = Ethernet::parse(frame).unwrap();
    assert_eq!(ethernet.ether_type(), packet::IPV4);
    Ipv4::parse(ethernet.payload()).expect("a captured frame is a packet")
}

fn ipv6(frame: &[u8]) -> Ipv6<'_> {
    let ethernet = Ethernet::parse(frame).unwrap();
    assert_eq!(ethernet.ether_type(), packet::IPV6);
    Ipv6::parse(ethernet.payload()).expect("a captured frame is a packet")
}

fn tcp<'a>(packet: &Ipv4<'a>) -> Tcp<'a> {
    assert_eq!(packet.protocol(), packet::TCP);
    Tcp::parse(packet.payload()).expect("a captured packet carries a segment")
}

#[test]
fn the_first_frame_is_a_syn() {
    let syn = ipv4(frames(IPV4)[0]);
    assert_eq!(
        (syn.source().to_string(), syn.destination().to_string()),
        ("192.0.2.1".into(), "192.0.2.2".into())
    );
    assert_eq!(syn.time_to_live(), 64);
    let segment = tcp(&syn);
    assert_eq!(segment.destination_port(), 8080);
    assert_eq!(segment.flags(), SYN);
    assert_eq!(segment.window(), 64240);
    assert_eq!(segment.payload(), b"", "the payload of a SYN: its header is 10 words long");
}

#[test]
fn the_handshake_counts_one() {
    let frames = frames(IPV4);
    let [syn, answer, ack] = [0, 1, 2].map(|position| ipv4(frames[position]));
    let [syn, answer, ack] = [tcp(&syn), tcp(&answer), tcp(&ack)];
    assert_eq!(answer.flags(), SYN | ACK);
    assert_eq!(answer.acknowledgment_number(), syn.sequence_number().wrapping_add(1));
    assert_eq!(ack.flags(), ACK);
    assert_eq!(ack.sequence_number(), answer.acknowledgment_number());
    assert_eq!(answer.source_port(), syn.destination_port());
}

#[test]
fn the_request_is_the_payload() {
    let request = ipv4(frames(IPV4)[3]);
    let payload = tcp(&request).payload();
    assert_eq!(
        String::from_utf8_lossy(payload),
        "GET /plaintext HTTP/1.1\r\nHost: workbook\r\n\r\n"
    );
}

#[test]
fn the_end_and_the_refusal_have_their_flags() {
    let (end, refusal) = (ipv4(frames(IPV4)[7]), ipv4(frames(REFUSED)[1]));
    assert_eq!(tcp(&end).flags(), FIN | ACK);
    assert_eq!(tcp(&refusal).flags(), RST | ACK);
    assert_eq!(tcp(&refusal).option(2), None, "a header of 20 bytes has no options");
}

#[test]
fn ipv4_options_are_not_payload() {
    let request = ipv4(frames(IPV4_OPTIONS)[3]);
    assert_eq!(request.options(), [0x94, 0x04, 0, 0], "the router-alert option (RFC 2113)");
    let segment = tcp(&request);
    assert_eq!(segment.destination_port(), 8080);
    assert!(segment.payload().starts_with(b"GET /plaintext"));
    assert_eq!(ipv4(frames(IPV4)[3]).options(), b"");
}

#[test]
fn padding_is_not_payload() {
    // On a real network the shortest frame is 60 bytes: the card appends zeroes to
    // this reset of 54.
    let mut frame = frames(REFUSED)[1].to_vec();
    assert_eq!(frame.len(), 54);
    frame.resize(60, 0);
    let packet = ipv4(&frame);
    assert_eq!(
        packet.payload().len(),
        20,
        "bytes of payload: the total length says where the packet ends, not the frame"
    );
    assert_eq!(tcp(&packet).payload(), b"");
}

#[test]
fn ipv6_carries_the_same_segments() {
    let frames = frames(IPV6);
    let request = ipv6(frames[3]);
    assert_eq!(request.source().to_string(), "2001:db8::1");
    assert_eq!(request.next_header(), packet::TCP);
    let segment = Tcp::parse(request.payload()).unwrap();
    assert!(segment.payload().starts_with(b"GET /plaintext"));
    let syn = ipv6(frames[0]);
    assert_eq!(
        Tcp::parse(syn.payload()).unwrap().maximum_segment_size(),
        Some(1440),
        "20 bytes less than over IPv4"
    );
}

#[test]
fn options_are_found_behind_padding() {
    let syn = ipv4(frames(IPV4)[0]);
    let segment = tcp(&syn);
    assert_eq!(segment.maximum_segment_size(), Some(1460));
    assert_eq!(segment.option(4), Some(&[][..]), "SACK permitted has no data");
    assert_eq!(segment.option(8).map(<[u8]>::len), Some(8), "timestamps have two of four bytes");
    assert_eq!(
        segment.option(3),
        Some(&[10][..]),
        "the window scale stands behind a byte of padding"
    );
    assert_eq!(segment.option(5), None);
    assert_eq!(segment.option(0), None, "the end of the options is not one of them");
    assert_eq!(segment.option(1), None, "padding is not one of them");
}

/// A segment without payload whose options are these.
fn segment_with(options: &[u8]) -> Vec<u8> {
    assert!(options.len().is_multiple_of(4));
    let mut bytes = vec![0; 20];
    bytes[12] = (((20 + options.len()) / 4) << 4) as u8;
    bytes.extend_from_slice(options);
    bytes
}

#[test]
fn broken_options_end_the_search() {
    type Case = (&'static str, &'static [u8], Option<&'static [u8]>);
    let cases: [Case; 7] = [
        ("a length of 0", &[7, 0, 2, 4, 5, 6, 0, 0], None),
        ("a length of 1", &[7, 1, 2, 4, 5, 6, 0, 0], None),
        ("a length beyond the header", &[7, 9, 2, 4, 5, 6, 0, 0], None),
        ("a kind without a length", &[1, 1, 1, 2], None),
        ("the end before the option", &[0, 2, 4, 5, 6, 0, 0, 0], None),
        ("the option first, then rubbish", &[2, 4, 5, 6, 7, 0, 0, 0], Some(&[5, 6])),
        ("two of the same kind", &[2, 3, 9, 1, 2, 3, 8, 0], Some(&[9])),
    ];
    for (what, options, expected) in cases {
        assert_eq!(
            Tcp::parse(&segment_with(options)).unwrap().option(2),
            expected,
            "{what}: {options:?}"
        );
    }
}

#[test]
fn every_truncation_is_an_error() {
    for capture in [IPV4, IPV4_OPTIONS, REFUSED] {
        for frame in frames(capture) {
            let packet = Ethernet::parse(frame).unwrap().payload();
            for kept in 0..packet.len() {
                assert_eq!(
                    Ipv4::parse(&packet[..kept]),
                    Err(PacketError::Truncated),
                    "{kept} of {} bytes",
                    packet.len()
                );
            }
            let segment = Ipv4::parse(packet).unwrap().payload();
            let header_length = segment.len() - Tcp::parse(segment).unwrap().payload().len();
            for kept in 0..header_length {
                assert_eq!(
                    Tcp::parse(&segment[..kept]),
                    Err(PacketError::Truncated),
                    "{kept} of {header_length} bytes"
                );
            }
        }
    }
    for frame in frames(IPV6) {
        for kept in 0..14 {
            assert_eq!(Ethernet::parse(&frame[..kept]), Err(PacketError::Truncated));
        }
        let packet = Ethernet::parse(frame).unwrap().payload();
        for kept in 0..packet.len() {
            assert_eq!(
                Ipv6::parse(&packet[..kept]),
                Err(PacketError::Truncated),
                "{kept} of {} bytes",
                packet.len()
            );
        }
    }
}

#[test]
fn impossible_headers_are_errors() {
    let good = Ethernet::parse(frames(IPV4)[0]).unwrap().payload();
    let changed = |position: usize, value: u8| {
        let mut bytes = good.to_vec();
        bytes[position] = value;
        bytes
    };
    assert_eq!(Ipv4::parse(&changed(0, 0x65)), Err(PacketError::Version), "version 6");
    assert_eq!(
        Ipv4::parse(&changed(0, 0x60)),
        Err(PacketError::Version),
        "version 6, and a header of no bytes: the second test comes before the third"
    );
    assert_eq!(Ipv4::parse(&changed(0, 0x44)), Err(PacketError::Length), "a header of 16 bytes");
    let mut both = changed(0, 0x44);
    both[2] = 0xff;
    assert_eq!(
        Ipv4::parse(&both),
        Err(PacketError::Length),
        "a header of 16 bytes, and a total length of 65 kB: the third test comes before the fourth"
    );
    assert_eq!(
        Ipv4::parse(&changed(3, 19)),
        Err(PacketError::Length),
        "a total length of 19 bytes"
    );
    assert_eq!(
        Ipv4::parse(&changed(2, 0xff)),
        Err(PacketError::Truncated),
        "a total length of 65 kB"
    );

    let mut segment = Ipv4::parse(good).unwrap().payload().to_vec();
    segment[12] = 0x40;
    assert_eq!(Tcp::parse(&segment), Err(PacketError::Length), "a header of 16 bytes");
    segment[12] = 0xf0;
    assert_eq!(Tcp::parse(&segment), Err(PacketError::Truncated), "a header of 60 bytes");
}

/// RFC 1071 to the letter, without regard for cost.
fn checksum_by_definition(bytes: &[u8]) -> u16 {
    let mut sum: u64 = 0;
    for pair in bytes.chunks(2) {
        sum += u64::from(pair[0]) * 256 + u64::from(*pair.get(1).unwrap_or(&0));
    }
    while sum > 0xffff {
        sum = sum % 0x10000 + sum / 0x10000;
    }
    !(sum as u16)
}

/// Swapped bytes and a carry too few are seen at once in this form.
fn hex(sum: u16) -> String {
    format!("{sum:#06x}")
}

#[test]
fn the_checksum_of_one_word_is_its_complement() {
    let bytes = [0x12, 0x34, 0, 0];
    assert_eq!(hex(checksum::of(&bytes)), hex(!0x1234), "of the bytes 0x12 0x34 0x00 0x00");
}

#[test]
fn checksums_agree_with_the_definition() {
    assert_eq!(
        hex(checksum::of(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])),
        hex(!0xddf2),
        "the example of RFC 1071 §3"
    );
    for length in (0..=300).step_by(2).chain([1460, 2000]) {
        agrees_with_the_definition(length);
    }
}

#[test]
fn an_odd_byte_counts_as_the_high_half_of_a_word() {
    for length in (1..=300).step_by(2).chain([1459, 1461]) {
        agrees_with_the_definition(length);
    }
}

/// At every alignment.
fn agrees_with_the_definition(length: usize) {
    let byte = |position: u32| (position.wrapping_mul(2_654_435_761) >> 13) as u8;
    let bytes: Vec<u8> = (0..2004).map(byte).collect();
    for start in 0..4 {
        let part = &bytes[start..start + length];
        assert_eq!(
            hex(checksum::of(part)),
            hex(checksum_by_definition(part)),
            "{length} bytes, beginning {start} bytes behind a word's edge"
        );
    }
}

#[test]
fn checksums_carry_all_the_way() {
    for length in [1, 2, 3, 4, 7, 8, 9, 63, 64, 65, 1460, 65_535, 200_000] {
        let bytes = vec![0xff; length];
        assert_eq!(
            hex(checksum::of(&bytes)),
            hex(checksum_by_definition(&bytes)),
            "{length} bytes of 0xff: a carry at every step"
        );
    }
    assert_eq!(hex(checksum::of(&[])), hex(0xffff), "no bytes");
}

#[test]
fn captured_checksums_hold() {
    for capture in [IPV4, IPV4_OPTIONS, REFUSED] {
        for frame in frames(capture) {
            let packet = ipv4(frame);
            assert!(packet.checksum_holds(), "the IPv4 header's");
            assert!(
                tcp(&packet).checksum_holds(packet.source().into(), packet.destination().into()),
                "the segment's"
            );
        }
    }
    for frame in frames(IPV6) {
        let packet = ipv6(frame);
        let segment = Tcp::parse(packet.payload()).unwrap();
        assert!(segment.checksum_holds(packet.source().into(), packet.destination().into()));
    }
}

#[test]
fn a_changed_byte_is_noticed() {
    let frame = frames(IPV4)[3];
    let packet = ipv4(frame);
    let addresses: [IpAddr; 2] = [packet.source().into(), packet.destination().into()];
    for position in 0..packet.payload().len() {
        let mut segment = packet.payload().to_vec();
        segment[position] ^= 0x10;
        let Ok(changed) = Tcp::parse(&segment) else {
            continue;
        };
        assert!(
            !changed.checksum_holds(addresses[0], addresses[1]),
            "byte {position} changed and the checksum holds"
        );
    }
}

// ANCHOR: loopback
#[test]
fn loopback_fills_in_no_tcp_checksum() {
    for frame in frames(LOOPBACK) {
        let packet = ipv4(frame);
        assert!(packet.checksum_holds(), "the IPv4 header's is filled in even there");
        let holds =
            tcp(&packet).checksum_holds(packet.source().into(), packet.destination().into());
        assert!(
            !holds,
            "the packet never leaves the machine: the kernel leaves TCP's checksum to a card that is not there"
        );
    }
}
// ANCHOR_END: loopback

#[test]
fn reading_a_packet_allocates_nothing() {
    let frame = frames(IPV4)[0];
    let (size, counts) = counted(|| {
        let packet = ipv4(frame);
        let segment = tcp(&packet);
        // Whether it holds is another test's question.
        black_box(segment.checksum_holds(packet.source().into(), packet.destination().into()));
        segment.maximum_segment_size()
    });
    assert_eq!(
        (size, counts.allocations),
        (Some(1460), 0),
        "the segment size, and allocations made to find it"
    );
}
