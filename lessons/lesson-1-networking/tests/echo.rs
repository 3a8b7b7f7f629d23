//! Goal: every byte comes back once, in order, whatever `read` and `write` do; endings are told
//! apart; nothing spins.
//!
//! Method: scripted streams for what a kernel does rarely, real sockets for what it does often.
//! Not proven: that a thousand clients can be served. This is one conversation.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use networking::echo::{Ended, echo};
use socket2::{Domain, SockRef, Socket, Type};
use witness::script::Script;
use witness::tcp;

#[test]
fn what_is_read_is_sent_back() {
    let mut peer = Script::new().reads("Hello, ").reads("server!");
    let echoed = echo(&mut peer).expect("two pieces, and the end");
    assert_same(&peer.written(), b"Hello, server!", "`Hello, ` and `server!` came");
    assert_eq!((echoed.bytes, echoed.ended), (14, Ended::Finished), "bytes, and how it ended");
}

#[test]
fn a_partial_write_loses_nothing() {
    for taken in 1..=14 {
        let mut peer = Script::new().reads("Hello, server!").write_takes(taken);
        let echoed = echo(&mut peer).expect("a `write` that takes less is no error");
        let came_back = String::from_utf8_lossy(&peer.written()).into_owned();
        assert_eq!(came_back, "Hello, server!", "the first `write` took {taken} of 14 bytes");
        assert_eq!(echoed.bytes, 14, "bytes counted after a first `write` that took {taken} of 14");
    }
}

#[test]
fn byte_by_byte_still_comes_back_in_order() {
    let sent: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let mut peer = Script::new().reads(&sent).every_write_takes(1);
    echo(&mut peer).expect("a `write` that takes one byte is no error");
    assert_same(&peer.written(), &sent, "one byte taken by each `write`");
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let mut peer = Script::new().reads("before").read_fails(ErrorKind::Interrupted).reads(" after");
    let echoed = echo(&mut peer).expect("the second `read` was interrupted (EINTR), which ends nothing; but `echo` returned an error");
    assert_eq!(String::from_utf8_lossy(&peer.written()), "before after");
    assert_eq!(echoed.bytes, 12);
}

#[test]
fn an_interrupted_write_is_tried_again() {
    let mut peer = Script::new().reads("signal").write_fails(ErrorKind::Interrupted);
    echo(&mut peer).expect("the first `write` was interrupted (EINTR), which ends nothing; but `echo` returned an error");
    assert_eq!(String::from_utf8_lossy(&peer.written()), "signal");
}

#[test]
fn a_write_that_takes_nothing_is_an_error() {
    let mut peer = Script::new().reads("never sent").every_write_takes(0);
    let error = echo(&mut peer)
        .expect_err("a `write` that returns 0 for a full buffer will go on doing so");
    assert_eq!(error.kind(), ErrorKind::WriteZero);
}

#[test]
fn would_block_while_reading_is_the_callers_to_handle() {
    let mut peer = Script::new().read_fails(ErrorKind::WouldBlock);
    let error = echo(&mut peer).expect_err(
        "`read` would block, which `echo` has to return as an error; but it asked again, and returned this",
    );
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert_eq!(peer.read_calls(), 1, "`read` calls: asking again at once is a busy loop");
}

#[test]
fn would_block_while_writing_is_the_callers_to_handle() {
    let mut peer = Script::new().reads("x").write_fails(ErrorKind::WouldBlock);
    let error = echo(&mut peer).expect_err(
        "`write` would block, which `echo` has to return as an error; but it returned this",
    );
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert_eq!(peer.write_calls(), 1, "`write` calls: asking again at once is a busy loop");
}

#[test]
fn a_reset_is_an_ending() {
    let mut peer = Script::new().reads("last words").read_fails(ErrorKind::ConnectionReset);
    let echoed = echo(&mut peer).expect("a peer that is gone is no failure of the server");
    let ended = (echoed.bytes, echoed.ended);
    assert_eq!(ended, (10, Ended::Reset), "10 bytes were sent back before the reset");

    let mut peer = Script::new().reads("last words").write_fails(ErrorKind::BrokenPipe);
    let echoed = echo(&mut peer).expect("a peer that is gone is no failure of the server");
    let ended = (echoed.bytes, echoed.ended);
    assert_eq!(
        ended,
        (0, Ended::Reset),
        "the `write` failed, so none of the 10 bytes was sent back"
    );
}

#[test]
fn of_a_piece_whose_end_could_not_be_sent_no_byte_counts() {
    let peer = Script::new().reads("first").reads("last words");
    let mut peer = peer.write_takes(5).write_takes(4).write_fails(ErrorKind::BrokenPipe);
    let echoed = echo(&mut peer).expect("a peer that is gone is no failure of the server");
    assert_eq!(
        echoed.bytes, 5,
        "of \"last words\" four bytes were taken, and then the peer was gone"
    );
}

#[test]
fn a_finished_peer_still_gets_its_answer() {
    let (mut client, mut server) = tcp::pair();
    client.write_all(b"half-closed").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let echoed = echo(&mut server).unwrap();
    drop(server);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "half-closed");
    assert_eq!(echoed.ended, Ended::Finished);
}

#[test]
fn a_client_that_waits_for_its_answer_gets_it() {
    let (mut client, mut server) = tcp::pair();
    let server = thread::spawn(move || echo(&mut server));
    for word in ["ten bytes.", "ten again."] {
        client.write_all(word.as_bytes()).unwrap();
        let mut answer = [0; 10];
        // Says nothing more until it has been answered.
        client.read_exact(&mut answer).expect("the answer comes before the next word");
        assert_eq!(String::from_utf8_lossy(&answer), word);
    }
    drop(client);
    assert_eq!(server.join().expect("the server ran").unwrap().bytes, 20);
}

#[test]
fn a_real_reset_is_an_ending() {
    let (client, mut server) = tcp::pair();
    // The lingering time of zero makes `close` send RST instead of FIN.
    SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    assert_eq!(echo(&mut server).unwrap().ended, Ended::Reset);
}

#[test]
fn a_mebibyte_comes_back_through_a_small_window() {
    let (client, mut server) = pair_with_window(4 * 1024).unwrap();
    let sent: Vec<u8> = (0..1u32 << 20).map(|position| ((position * 31) >> 3) as u8).collect();

    let server = thread::spawn(move || echo(&mut server));
    let sender = thread::spawn({
        let (sent, mut client) = (sent.clone(), client.try_clone().unwrap());
        move || send(&mut client, &sent)
    });
    let came_back = receive(client);
    sender.join().expect("the sender ran").unwrap();
    assert_eq!(server.join().expect("the server ran").unwrap().bytes, 1 << 20);
    assert_same(&came_back, &sent, "1 MiB through a small window");
}

// ANCHOR: window
/// A client and a server whose client has room for so many bytes. The window's scale is settled in
/// the handshake, so the buffer's size must be set before.
fn pair_with_window(bytes: usize) -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    client.set_recv_buffer_size(bytes)?;
    client.connect(&listener.local_addr()?.into())?;
    let (server, _) = listener.accept()?;
    Ok((tcp::bounded(client.into())?, tcp::bounded(server)?))
}
// ANCHOR_END: window

fn send(client: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    client.write_all(bytes)?;
    client.shutdown(Shutdown::Write)
}

fn receive(mut client: TcpStream) -> Vec<u8> {
    let mut came_back = Vec::new();
    client.read_to_end(&mut came_back).unwrap();
    came_back
}

/// Tells where two long values part, instead of printing both.
fn assert_same(came_back: &[u8], sent: &[u8], how: &str) {
    let same = came_back.iter().zip(sent).take_while(|(ours, theirs)| ours == theirs).count();
    assert!(
        came_back == sent,
        "{how}: {} of {} bytes came back, and the first {same} are right",
        came_back.len(),
        sent.len()
    );
}
