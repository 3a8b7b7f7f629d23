#![allow(unused)] // delete when done
//! Views of a packet's headers: each borrows the bytes it was given and copies none of them.
//!
//! A view is made by `parse`, which checks once that every field lies inside the bytes; the methods
//! after that cannot fail. Multi-byte fields are big-endian on the wire ("network byte order").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub mod checksum;

/// The value of [`Ethernet::ether_type`] before an IPv4 packet.
pub const IPV4: u16 = 0x0800;
/// The value of [`Ethernet::ether_type`] before an IPv6 packet.
pub const IPV6: u16 = 0x86dd;
/// The value of [`Ipv4::protocol`] and [`Ipv6::next_header`] before a TCP segment.
pub const TCP: u8 = 6;

/// The flag in [`Tcp::flags`] of a sender that has sent its last byte.
pub const FIN: u8 = 0x01;
/// The flag of a sender that opens a connection.
pub const SYN: u8 = 0x02;
/// The flag of a sender for which there is no such connection.
pub const RST: u8 = 0x04;
/// The flag of a segment whose acknowledgment number means something.
pub const ACK: u8 = 0x10;

/// Why bytes are not the packet that they were taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketError {
    /// The bytes end before the header or what its length field promises.
    Truncated,
    /// The version field names another protocol.
    Version,
    /// A length field is smaller than the header that it stands in.
    Length,
}

/// An Ethernet II frame, without the checksum that the network card appends and removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ethernet<'a> {
    bytes: &'a [u8],
}

impl<'a> Ethernet<'a> {
    const HEADER: usize = 14;

    /// Takes a frame as it came from the wire.
    ///
    /// # Errors
    ///
    /// [`PacketError::Truncated`] when 14 bytes are not there.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PacketError> {
        if bytes.len() < Self::HEADER {
            return Err(PacketError::Truncated);
        }
        Ok(Self { bytes })
    }

    /// What the payload is: [`IPV4`], [`IPV6`], or something that this lesson does not read.
    #[must_use]
    pub fn ether_type(&self) -> u16 {
        u16_at(self.bytes, 12)
    }

    /// The packet, and possibly padding: the shortest payload on Ethernet is 46 bytes.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[Self::HEADER..]
    }
}

/// An IPv4 packet (RFC 791 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv4<'a> {
    header: &'a [u8],
    payload: &'a [u8],
}

impl<'a> Ipv4<'a> {
    /// Takes a packet, and drops padding behind it.
    ///
    /// # Errors
    ///
    /// Tested in this order:
    ///
    /// 1. [`PacketError::Truncated`]: 20 bytes are not there.
    /// 2. [`PacketError::Version`]: it is not 4.
    /// 3. [`PacketError::Length`]: the header length (low half of byte 0, in words of four bytes) is under 20 bytes, or the
    ///    total length (bytes 2 and 3) under the header length.
    /// 4. [`PacketError::Truncated`]: so many bytes as the total length are not there.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PacketError> {
        todo!("check the header as the docs say, then split it from the payload")
    }

    /// How many more routers may pass it on.
    #[must_use]
    pub fn time_to_live(&self) -> u8 {
        self.header[8]
    }

    /// What the payload is: [`TCP`] or something else.
    #[must_use]
    pub fn protocol(&self) -> u8 {
        self.header[9]
    }

    /// Whether the header's checksum holds. The payload is not covered.
    #[must_use]
    pub fn checksum_holds(&self) -> bool {
        checksum::of(self.header) == 0
    }

    /// The sender.
    #[must_use]
    pub fn source(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(u32_at(self.header, 12))
    }

    /// The receiver.
    #[must_use]
    pub fn destination(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(u32_at(self.header, 16))
    }

    /// The options, 0 to 40 bytes.
    #[must_use]
    pub fn options(&self) -> &'a [u8] {
        &self.header[20..]
    }

    /// What the packet carries.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }
}

/// An IPv6 packet (RFC 8200 §3). It has no checksum and its header has one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv6<'a> {
    header: &'a [u8; 40],
    payload: &'a [u8],
}

impl<'a> Ipv6<'a> {
    /// Takes a packet, and drops padding behind it.
    ///
    /// # Errors
    ///
    /// [`PacketError::Truncated`] when the header or the payload that it promises is not there,
    /// [`PacketError::Version`] when it is not 6.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PacketError> {
        let (header, rest) = bytes.split_first_chunk::<40>().ok_or(PacketError::Truncated)?;
        if header[0] >> 4 != 6 {
            return Err(PacketError::Version);
        }
        let payload = rest.get(..usize::from(u16_at(header, 4))).ok_or(PacketError::Truncated)?;
        Ok(Self { header, payload })
    }

    /// What the payload is: [`TCP`], an extension header, or something else.
    #[must_use]
    pub fn next_header(&self) -> u8 {
        self.header[6]
    }

    /// The sender.
    #[must_use]
    pub fn source(&self) -> Ipv6Addr {
        address(&self.header[8..24])
    }

    /// The receiver.
    #[must_use]
    pub fn destination(&self) -> Ipv6Addr {
        address(&self.header[24..40])
    }

    /// What the packet carries.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }
}

/// A TCP segment (RFC 9293 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tcp<'a> {
    bytes: &'a [u8],
    header_length: usize,
}

impl<'a> Tcp<'a> {
    /// Takes the whole payload of an IP packet.
    ///
    /// # Errors
    ///
    /// Tested in this order:
    ///
    /// 1. [`PacketError::Truncated`]: 20 bytes are not there.
    /// 2. [`PacketError::Length`]: the data offset, the header's length in words of four bytes, is under 5.
    /// 3. [`PacketError::Truncated`]: the header is not there whole.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PacketError> {
        todo!("check the header as the docs say; the data offset is the high half of byte 12")
    }

    /// The sender's port.
    #[must_use]
    pub fn source_port(&self) -> u16 {
        u16_at(self.bytes, 0)
    }

    /// The receiver's port.
    #[must_use]
    pub fn destination_port(&self) -> u16 {
        u16_at(self.bytes, 2)
    }

    /// The number of the payload's first byte.
    #[must_use]
    pub fn sequence_number(&self) -> u32 {
        u32_at(self.bytes, 4)
    }

    /// The number of the next byte that the sender expects to receive; means something when
    /// [`ACK`] is one of [`Self::flags`].
    #[must_use]
    pub fn acknowledgment_number(&self) -> u32 {
        u32_at(self.bytes, 8)
    }

    /// The flags that are set: [`FIN`], [`SYN`], [`RST`], [`ACK`] and others.
    #[must_use]
    pub fn flags(&self) -> u8 {
        self.bytes[13]
    }

    /// How many bytes the sender has room for, before the window scale of the handshake is applied.
    #[must_use]
    pub fn window(&self) -> u16 {
        u16_at(self.bytes, 14)
    }

    /// The largest payload that the sender wants in one segment; stands in SYN segments.
    #[must_use]
    pub fn maximum_segment_size(&self) -> Option<u16> {
        self.option(2).filter(|data| data.len() == 2).map(|data| u16_at(data, 0))
    }

    /// The data of the first option of that kind, without its kind and length bytes.
    ///
    /// Kind 0 ends the options and kind 1 is one byte of padding, so neither is ever found; every other kind is followed by a
    /// length that counts its kind and length bytes too, so it is 2 at least, and ends within the header. When one breaks
    /// this rule, nobody can tell where the next begins: the search ends, with `None`.
    #[must_use]
    pub fn option(&self, kind: u8) -> Option<&'a [u8]> {
        let mut options = &self.bytes[20..self.header_length];
        todo!("walk the options; which lengths are impossible?")
    }

    /// What the segment carries.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[self.header_length..]
    }

    /// Whether the checksum holds: it covers the segment and, so that a misrouted one is noticed,
    /// the addresses.
    #[must_use]
    pub fn checksum_holds(&self, source: IpAddr, destination: IpAddr) -> bool {
        checksum::of_tcp(source, destination, self.bytes) == 0
    }
}

fn u16_at(bytes: &[u8], offset: usize) -> u16 {
    u16::from_be_bytes([bytes[offset], bytes[offset + 1]])
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from(u16_at(bytes, offset)) << 16 | u32::from(u16_at(bytes, offset + 2))
}

fn address(bytes: &[u8]) -> Ipv6Addr {
    Ipv6Addr::from(<[u8; 16]>::try_from(bytes).expect("an address is 16 bytes"))
}
