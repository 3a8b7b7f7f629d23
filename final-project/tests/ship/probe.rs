//! Whether a server is well, as the program finds out without another one.

use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::house::{Server, program, until};

fn probe(arguments: &[&str]) -> Output {
    program().arg("probe").args(arguments).output().expect("the program is built")
}

#[test]
fn a_server_that_is_well_is_told_from_one_that_goes_and_one_that_is_gone() {
    // One worker: of two, one may not know yet that they go.
    let server = Server::start(&["--workers", "1", "--lame-duck", "1h"]);
    let url = server.url("/health");
    let well = probe(&[&url]);
    assert_eq!(well.status.code(), Some(0), "{well:?}");
    server.signal(Signal::TERM);
    until("it says that it goes", || server.get("/health").status == 503);
    let leaving = probe(&[&url]);
    assert_eq!(leaving.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&leaving.stderr).contains("`503`"), "{leaving:?}");
    let address = server.address;
    drop(server);
    until("nobody listens", || TcpStream::connect(address).is_err());
    let gone = probe(&[&url]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&gone.stderr).contains("refused"), "{gone:?}");
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    let begin = Instant::now();
    assert_eq!(probe(&[&url]).status.code(), Some(1));
    let took = begin.elapsed();
    assert!((Duration::from_secs(2)..Duration::from_secs(10)).contains(&took), "{took:?}");
}

#[test]
fn what_cannot_be_asked_is_told() {
    for url in [
        "https://127.0.0.1:8443/health",
        "http://localhost:8080/health",
        "http://127.0.0.1:8080/a b",
        "127.0.0.1",
    ] {
        let output = probe(&[url]);
        assert_eq!(output.status.code(), Some(2), "{url}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("takes one URL"), "{output:?}");
    }
    assert_eq!(probe(&["http://127.0.0.1:1/", "http://127.0.0.1:1/"]).status.code(), Some(2));
}
