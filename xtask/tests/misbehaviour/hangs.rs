//! Every way not to end.

use std::net::{TcpListener, TcpStream};

use tiny::add::*;

#[test]
fn loops_for_ever() {
    loops();
}

#[test]
fn deadlocks() {
    locks_in_two_orders();
}

#[test]
fn waits_for_a_peer() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut stream =
        TcpStream::connect(listener.local_addr().expect("an address")).expect("connects");
    println!("port {}", stream.local_addr().expect("an address").port());
    let _peer = listener.accept().expect("a connection");
    waits_for_bytes(&mut stream);
}

#[test]
fn hangs_with_a_family() {
    leaves_a_child("1000.5");
    leaves_a_daemon("1000.6");
    loops();
}
