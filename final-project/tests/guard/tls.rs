//! TLS: what is encrypted is the same, certificates change while the server runs, and who does not finish a handshake is
//! nobody's trouble.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use hyper::{Request, Version};
use rustix::process::Signal;

use crate::house::connections::connections;
use crate::house::processes::processor_time;
use crate::house::tls::{Certificate, Http2, ask_over};
use crate::house::{Server, WAIT_MAX, send, until};

/// More than a start costs, and less than what is asked for.
const MUCH: Duration = Duration::from_millis(300);

const ASK: &str = "GET /plaintext HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// A server with a certificate in its folder.
fn server(options: &[&str]) -> (Server, Certificate) {
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = Certificate::write(folder.path());
    let server = Server::start_in(folder, &[&certificate.options(), options].concat());
    (server, certificate)
}

#[test]
fn both_protocols_are_spoken_and_the_plain_one_on_a_port_of_its_own() {
    let (server, certificate) = server(&[]);
    let address = server.tls_address();
    for protocols in [&["http/1.1"][..], &[]] {
        let mut tls = certificate.connect(address, protocols).expect("a handshake");
        let answer = String::from_utf8(ask_over(&mut tls, ASK)).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with("Hello, World!"),
            "{answer}"
        );
        assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    }
    let answer = certificate.http2(address).get("/plaintext");
    assert_eq!((answer.version(), answer.status().as_u16()), (Version::HTTP_2, 200));
    assert_eq!(answer.body(), "Hello, World!");
    let plain = server.get("/plaintext");
    assert_eq!(plain.text(), "Hello, World!");
    assert_eq!(plain.header("strict-transport-security"), None, "over TCP nobody may say so");
}

#[test]
fn a_request_that_is_not_encrypted_is_refused_where_tls_is_spoken() {
    let (server, certificate) = server(&[]);
    let mut plain = TcpStream::connect(server.tls_address()).unwrap();
    plain.set_read_timeout(Some(WAIT_MAX)).unwrap();
    plain.write_all(ASK.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert!(certificate.connect(server.tls_address(), &["spdy/3"]).is_err(), "nor anything else");
    assert_eq!(certificate.http2(server.tls_address()).get("/plaintext").status(), 200);
}

#[test]
fn who_does_not_finish_the_handshake_is_cut_off() {
    let (server, certificate) = server(&["--head-timeout", "3s"]);
    let address = server.tls_address();
    let mut silent: Vec<_> = (0..20).map(|_| TcpStream::connect(address).unwrap()).collect();
    // Half of a ClientHello.
    silent.iter_mut().step_by(2).for_each(|stream| stream.write_all(&[22, 3, 1, 2, 0, 1]).unwrap());
    let workers = server.workers();
    until("they are cut off", || {
        let mut tls = certificate.connect(address, &[]).expect("others are served");
        assert!(ask_over(&mut tls, ASK).ends_with(b"Hello, World!"));
        drop(tls);
        workers.iter().all(|&worker| connections(worker) == 0)
    });
}

#[test]
fn a_new_certificate_is_taken_and_connections_go_on() {
    let (server, old) = server(&[]);
    let address = server.tls_address();
    let (mut first, mut second) = (old.http2(address), old.connect(address, &[]).unwrap());
    assert_eq!(first.get("/plaintext").status(), 200);
    let workers = server.workers();
    let new = Certificate::write(server.folder());
    until("both workers have the new certificate", || {
        server.log().matches("there is a new certificate").count() == workers.len()
    });
    assert_eq!(new.http2(address).get("/plaintext").status(), 200);
    assert_eq!(first.get("/plaintext").status(), 200, "who is there stays");
    assert!(ask_over(&mut second, ASK).ends_with(b"Hello, World!"));
    assert_eq!(server.workers(), workers, "and nobody was replaced");
}

#[test]
fn a_certificate_that_cannot_be_used_changes_nothing() {
    let (server, certificate) = server(&[]);
    // Programs write much into such a file, not all of it text.
    let about = b"# \xff\0 what the certificate is for\n".repeat(10_000);
    let good = [about, fs::read(&certificate.certificate).unwrap()].concat();
    fs::write(&certificate.certificate, &good).unwrap();
    let taken = || server.log().matches("there is a new certificate").count();
    until("both workers have taken it", || taken() == 2);
    let key = fs::read(&certificate.key).unwrap();
    let address = server.tls_address();
    let trusted = tempfile::tempdir().unwrap();
    let kept = Certificate {
        certificate: trusted.path().join("certificate.pem"),
        key: trusted.path().join("key.pem"),
    };
    fs::write(&kept.certificate, &good).unwrap();
    fs::write(&kept.key, &key).unwrap();
    // Half written; then one whose key is another one's.
    fs::write(&certificate.certificate, &good[..good.len() / 2]).unwrap();
    until("both workers say so", || server.log().matches("the old certificate stays").count() >= 2);
    server.signal(Signal::HUP);
    until("the master says so", || server.log().contains("the settings stay as they are"));
    assert_eq!(kept.http2(address).get("/plaintext").status(), 200);
    // Nor does a worker that begins meanwhile need the files.
    let before = server.workers();
    before.iter().for_each(|&worker| send(worker, Signal::KILL));
    until("there are others", || {
        let log = server.log();
        log.matches("is ready").count() == 4 && log.matches("has failed").count() == 2
    });
    for _ in 0..8 {
        assert_eq!(kept.http2(address).get("/plaintext").status(), 200);
    }
    let other = tempfile::tempdir().unwrap();
    fs::copy(Certificate::write(other.path()).certificate, &certificate.certificate).unwrap();
    until("both workers say so again", || server.log().matches("(setting `tls_key`)").count() == 2);
    assert_eq!(kept.http2(address).get("/plaintext").status(), 200);
    fs::write(&certificate.certificate, &good).unwrap();
    until("it is right again", || taken() == 4);
}

#[test]
fn files_are_the_same_over_tls() {
    let (server, certificate) = server(&[]);
    let file: Vec<u8> = (0..3_000_000_u32).map(|byte| (byte % 251) as u8).collect();
    fs::write(server.folder().join("files/large.bin"), &file).unwrap();
    let address = server.tls_address();
    let mut http2 = certificate.http2(address);
    assert!(http2.get("/static/large.bin").body() == &file, "all of it, in streams");
    let part =
        Request::get("https://localhost/static/large.bin").header("range", "bytes=65530-70000");
    let part = http2.ask(part.body(Default::default()).unwrap());
    assert!(part.status() == 206 && part.body() == &file[65_530..=70_000]);
    let mut tls = certificate.connect(address, &["http/1.1"]).unwrap();
    let answer = ask_over(&mut tls, &ASK.replace("/plaintext", "/static/large.bin"));
    assert!(answer.ends_with(&file), "all of it, in one piece");
}

#[test]
fn head_says_how_long_the_body_is_and_reads_none_of_it() {
    let (server, certificate) = server(&[]);
    let path = server.folder().join("files/gone.bin");
    fs::write(&path, vec![7; 1 << 20]).unwrap();
    let workers = server.workers();
    let mut http2 = certificate.http2(server.tls_address());
    let mut head = |path: &str| {
        let request = Request::head(format!("https://localhost{path}"));
        let answer = http2.ask(request.body(Default::default()).unwrap());
        assert!(answer.status() == 200 && answer.body().is_empty(), "{answer:?}");
        answer.headers().get("content-length").map(|length| length.to_str().unwrap().to_owned())
    };
    assert_eq!(head("/plaintext").as_deref(), Some("13"));
    assert_eq!(head("/static/gone.bin").as_deref(), Some("1048576"));
    // Whoever reads it now, as it is mapped, dies.
    fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    until("it is seen that nothing is left", || head("/static/gone.bin").is_none());
    assert_eq!(server.workers(), workers, "nobody has died of it");
}

#[test]
fn a_file_that_shrinks_while_it_is_sent_breaks_one_answer_and_no_process() {
    let (server, certificate) = server(&[]);
    let path = server.folder().join("files/shrinking.bin");
    fs::write(&path, vec![7; 64 << 20]).unwrap();
    let workers = server.workers();
    let mut tls = certificate.connect(server.tls_address(), &["http/1.1"]).unwrap();
    tls.write_all(ASK.replace("/plaintext", "/static/shrinking.bin").as_bytes()).unwrap();
    let mut some = vec![0; 1 << 20];
    tls.read_exact(&mut some).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    let mut rest = Vec::new();
    let _ = tls.read_to_end(&mut rest);
    assert!(rest.len() < 63 << 20, "not all of it came");
    assert_eq!(server.get("/plaintext").status, 200);
    assert_eq!(server.workers(), workers, "nobody has died of it");
}

#[test]
fn a_stop_finishes_the_streams_that_have_begun() {
    let (mut server, certificate) = server(&[]);
    let mut clients: Vec<Http2> = (0..4).map(|_| certificate.http2(server.tls_address())).collect();
    let mut begun = Vec::new();
    for client in &mut clients {
        let request = Request::get("https://localhost/compute/primes/10000000");
        let answer = client.sender.send_request(request.body(Default::default()).unwrap());
        begun.push(client.runtime.spawn(answer));
    }
    let workers = server.workers();
    until("all are at work", || {
        for client in &clients {
            client.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
        }
        workers.iter().map(|&worker| connections(worker)).sum::<usize>() == clients.len()
            && workers.iter().map(|&pid| processor_time(pid)).sum::<Duration>() > MUCH
    });
    server.signal(Signal::TERM);
    for (client, answer) in clients.iter_mut().zip(begun) {
        let answer = client.runtime.block_on(answer).expect("no panic");
        assert_eq!(answer.expect("what was begun is answered").status(), 200);
    }
    assert_eq!(server.status().code(), Some(0), "{}", server.log());
}
