//! Large answers to peers that take them in their own time, and files that change meanwhile.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_recv_buffer_size;

use crate::house::tls::Certificate;
use crate::house::{Client, Server, until};

const MIB: usize = 1 << 20;

fn server_with(name: &str, bytes: usize, options: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("files")).unwrap();
    fs::write(folder.path().join("files").join(name), vec![7; bytes]).unwrap();
    Server::start_in(folder, options)
}

/// A client that has asked for a file, and takes nothing yet.
fn asking(server: &Server, name: &str) -> Client {
    let stream = TcpStream::connect(server.address).unwrap();
    // So that its kernel takes little for it.
    set_socket_recv_buffer_size(&stream, 32 << 10).unwrap();
    let mut client = Client::over(stream);
    client.send(
        format!("GET /static/{name} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").as_bytes(),
    );
    client
}

#[test]
fn a_file_that_shrinks_while_it_is_mapped_breaks_one_answer_and_no_process() {
    let server = server_with("shrinking.bin", 64 * MIB, &[]);
    let workers = server.workers();
    let mut client = asking(&server, "shrinking.bin");
    client.stream.read_exact(&mut vec![0; MIB]).unwrap();
    let path = server.folder().join("files/shrinking.bin");
    fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    let mut rest = Vec::new();
    let _ = client.stream.read_to_end(&mut rest);
    assert!(rest.len() < 63 * MIB, "not all of it came");
    assert_eq!(server.get("/plaintext").status, 200);
    assert_eq!(server.workers(), workers, "nobody has died of it");
}

#[test]
fn who_takes_an_answer_slowly_and_steadily_gets_all_of_it() {
    let limits = ["--write-timeout", "4s", "--rate-min", "10k"];
    let server = server_with("large.bin", 8 * MIB, &limits);
    let mut client = asking(&server, "large.bin");
    // 200 kB a second: half of what may wait in the kernel is on its way in less than the time.
    let begin = Instant::now();
    let mut taken = 0;
    while begin.elapsed() < Duration::from_secs(12) {
        sleep(Duration::from_millis(100));
        // However long this thread was not let run.
        let due = (begin.elapsed().as_secs_f64() * 200e3) as usize;
        let mut some = vec![0; due - taken];
        client.stream.read_exact(&mut some).unwrap();
        taken = due;
    }
    let mut rest = Vec::new();
    client.stream.read_to_end(&mut rest).unwrap();
    let all = taken + rest.len();
    assert!((8 * MIB..8 * MIB + 1000).contains(&all), "{all} bytes, head included");
}

#[test]
fn answers_that_nobody_takes_keep_no_file_from_others() {
    // More than is brought at once, so that the thread that brings them has work.
    let server = server_with("large.bin", 20 * MIB, &["--workers", "1", "--memory", "4m"]);
    // Far more than the queue of that thread.
    let silent: Vec<Client> = (0..600).map(|_| asking(&server, "large.bin")).collect();
    let begin = Instant::now();
    let answer = server.get("/static/large.bin");
    assert_eq!((answer.status, answer.body.len()), (200, 20 * MIB));
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    drop(silent);
}

#[test]
fn when_all_buffers_are_taken_by_who_does_not_read_others_are_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::write(folder.path());
    fs::create_dir_all(folder.path().join("files")).unwrap();
    fs::write(folder.path().join("files/large.bin"), vec![7; 20 * MIB]).unwrap();
    // With 2 MiB there are 32 buffers, of which a connection has some only while it sends.
    let options =
        ["--workers", "1", "--memory", "4m", "--write-timeout", "20s", "--request-timeout", "3s"];
    let server = Server::start_in(folder, &[&certificate.options()[..], &options].concat());
    let connect = || certificate.connect(server.tls_address(), &["http/1.1"]).unwrap();
    let request = b"GET /static/large.bin HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let silent: Vec<_> = (0..64)
        .map(|_| {
            let mut client = connect();
            client.write_all(request).unwrap();
            client
        })
        .collect();
    let mut answer = [0; 12];
    until("somebody finds no buffer", || {
        let mut client = connect();
        client.write_all(request).unwrap();
        client.read_exact(&mut answer).unwrap();
        answer == *b"HTTP/1.1 503"
    });
    assert_eq!(server.get("/plaintext").status, 200);
    let plain = server.get("/static/large.bin");
    assert_eq!(
        (plain.status, plain.body.len()),
        (200, 20 * MIB),
        "what is not encrypted needs none"
    );
    drop(silent);
    until("there are buffers again", || {
        let mut client = connect();
        client.write_all(request).unwrap();
        client.read_exact(&mut answer).unwrap();
        answer == *b"HTTP/1.1 200"
    });
}
