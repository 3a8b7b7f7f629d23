//! Who a client is.
//!
//! It is the address at the other end of the connection: that one cannot be invented, since the answer goes there. Behind a
//! proxy all clients have the proxy's, and what it says of them stands in `x-forwarded-for`: each proxy adds, at the right,
//! whom it has it from. Anybody can send that field. So it is read from the right, and only as far as those who added to it
//! are trusted: the first address that is no trusted proxy's is the client.

use std::net::{IpAddr, Ipv6Addr};

use hyper::HeaderMap;

use crate::settings::Networks;

/// The field, in the form that proxies use; RFC 7239 has another one, which hardly any does.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address.
#[must_use]
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> IpAddr {
    if !trusted.contain(peer) {
        return peer;
    }
    let mut client = peer;
    // Several fields are one list (RFC 9110 §5.3). What the client itself has written may be anything.
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    for part in lines.flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b',')) {
        let Some(address) = parsed(part.trim_ascii()) else { break };
        client = address;
        if !trusted.contain(client) {
            break;
        }
    }
    client
}

/// Some proxies add a port.
fn parsed(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| Some(text.parse::<std::net::SocketAddr>().ok()?.ip()));
    address.map(|address| address.to_canonical())
}

/// What a limit is counted by. Who has addresses of IPv6 has a whole network of them, rarely less than a /56 (RFC 6177 asks
/// providers for more than a /64 for each site). Its neighbours there share its limit.
#[must_use]
pub fn key(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << (128 - 56));
            Ipv6Addr::from_bits(network).into()
        }
    }
}
