//! Which connections a process holds.
//!
//! `/proc/net/tcp` would say it, too, but it lists every connection that has ended within the last minute: under load
//! those are tens of thousands, and reading them takes seconds. The kernel's socket diagnosis (sock_diag(7)) lists only
//! the states that are asked for.

use std::collections::BTreeSet;
use std::fs;

use rustix::io::Result;
use rustix::net::netlink::SOCK_DIAG;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};

/// How many established connections the process holds.
pub(crate) fn connections(pid: u32) -> usize {
    let established = established().expect("the kernel answers");
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let sockets: BTreeSet<u32> = entries
        .filter_map(|entry| {
            let link = fs::read_link(entry.path()).ok()?;
            link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
        })
        .collect();
    sockets.intersection(&established).count()
}

/// SOCK_DIAG_BY_FAMILY.
const BY_FAMILY: u16 = 20;
/// NLM_F_REQUEST | NLM_F_DUMP.
const DUMP: u16 = 0x301;
/// NLMSG_DONE: the last message.
const DONE: u16 = 3;
/// TCP_ESTABLISHED, as a bit.
const ESTABLISHED: u32 = 1 << 1;
/// `struct nlmsghdr`.
const HEADER: usize = 16;
/// `struct inet_diag_req_v2`.
const REQUEST: usize = 56;
/// Where `struct inet_diag_msg` has the inode.
const INODE: usize = 68;

/// The inodes of all established IPv4 connections.
fn established() -> Result<BTreeSet<u32>> {
    let flags = SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(SOCK_DIAG))?;
    let mut request = Vec::with_capacity(HEADER + REQUEST);
    request.extend_from_slice(&u32::try_from(HEADER + REQUEST).expect("72").to_ne_bytes());
    request.extend_from_slice(&BY_FAMILY.to_ne_bytes());
    request.extend_from_slice(&DUMP.to_ne_bytes());
    request.extend_from_slice(&[0; 8]);
    // AF_INET, IPPROTO_TCP, no extensions, padding.
    request.extend_from_slice(&[2, 6, 0, 0]);
    request.extend_from_slice(&ESTABLISHED.to_ne_bytes());
    request.resize(HEADER + REQUEST, 0);
    send(&socket, &request, SendFlags::empty())?;
    let mut inodes = BTreeSet::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let (received, _) = recv(&socket, &mut *buffer, RecvFlags::empty())?;
        let mut messages = &buffer[..received];
        while messages.len() >= HEADER {
            let length = u32::from_ne_bytes(messages[..4].try_into().expect("four")) as usize;
            let kind = u16::from_ne_bytes(messages[4..6].try_into().expect("two"));
            if kind == DONE {
                return Ok(inodes);
            }
            assert_eq!(kind, BY_FAMILY, "the kernel refuses the question");
            let inode = &messages[HEADER + INODE..HEADER + INODE + 4];
            inodes.insert(u32::from_ne_bytes(inode.try_into().expect("four")));
            messages = &messages[length.next_multiple_of(4).min(messages.len())..];
        }
    }
}
