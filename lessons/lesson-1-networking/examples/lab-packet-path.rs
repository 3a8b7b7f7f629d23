//! Which kernel counters move when requests are served: each on a connection of its own, over loopback.
//!
//! It is silent while it counts: whatever it says goes to the live book's pages over loopback too, and would be counted.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use networking::listener::{ListenOptions, listen};
use witness::counters;
use witness::lab::{Column, Table, parameter};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: workbook\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A counter's name in the book, what it counts, and where it stands.
type Counter = (&'static str, &'static str, fn() -> io::Result<f64>);

const COUNTERS: [Counter; 9] = [
    ("opens", "Tcp PassiveOpens: connections accepted by the kernel", || {
        snmp("Tcp", "PassiveOpens")
    }),
    ("segments", "Tcp OutSegs: segments sent, by both ends", || snmp("Tcp", "OutSegs")),
    ("packets", "Ip InReceives: IPv4 packets received", || snmp("Ip", "InReceives")),
    ("acks", "TcpExt TCPPureAcks: acknowledgments without data, the slow way", || {
        netstat("TCPPureAcks")
    }),
    ("fast-acks", "TcpExt TCPHPAcks: acknowledgments the fast way, with or without data", || {
        netstat("TCPHPAcks")
    }),
    ("delayed", "TcpExt DelayedACKs: acknowledgments that waited", || netstat("DelayedACKs")),
    ("softirqs", "NET_RX: softirqs that received", || counters::softirqs("NET_RX")),
    ("softnet", "softnet_stat: packets handed to the stack", counters::softnet_packets),
    ("waits", "times that the server's thread went to sleep", || Ok(0.0)),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let requests = parameter("requests");
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), &ListenOptions::default())?;
    let address = listener.local_addr()?;
    let before = read_all()?;
    let server = thread::spawn(move || serve(&listener, requests));
    for _ in 0..requests {
        ask(address)?;
    }
    let waits = server.join().expect("the server does not panic")?;
    let mut moved: Vec<f64> =
        read_all()?.iter().zip(before).map(|(after, before)| after - before).collect();
    *moved.last_mut().expect("there are counters") = waits;
    let mut table = Table::new(vec![
        Column { key: "total", title: "in all", unit: "", digits: 0 },
        Column { key: "each", title: "a request", unit: "", digits: 2 },
    ]);
    for ((key, title, _), moved) in COUNTERS.iter().zip(moved) {
        table.row(key, title, &[Some(moved), Some(moved / requests as f64)]);
    }
    table.note("The counters are the network namespace's or the whole machine's: whatever else was going on is in them.");
    table.print();
    Ok(())
}

fn read_all() -> io::Result<Vec<f64>> {
    COUNTERS.iter().map(|(_, _, read)| read()).collect()
}

fn snmp(group: &str, name: &str) -> io::Result<f64> {
    counters::read("/proc/net/snmp", group, name)
}

fn netstat(name: &str) -> io::Result<f64> {
    counters::read("/proc/net/netstat", "TcpExt", name)
}

/// Answers so many requests, and returns how often this thread slept meanwhile.
fn serve(listener: &TcpListener, requests: u64) -> io::Result<f64> {
    let before = counters::voluntary_switches()?;
    for _ in 0..requests {
        let (mut stream, _) = listener.accept()?;
        let mut request = [0; REQUEST.len()];
        stream.read_exact(&mut request)?;
        stream.write_all(ANSWER)?;
    }
    Ok(counters::voluntary_switches()? - before)
}

fn ask(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(REQUEST)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    if answer == ANSWER { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}
