//! Who is told of errors.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::house::{Server, WAIT_MAX, until};

/// Nobody is there.
const DATABASE: &str = "postgres://users@127.0.0.1:1/users";

/// The document of a request, which is answered.
fn told(listener: &TcpListener) -> (String, Value) {
    let (mut stream, _) = listener.accept().expect("somebody comes");
    stream.set_read_timeout(Some(WAIT_MAX)).unwrap();
    let mut request = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        let count = stream.read(&mut bytes).expect("a request");
        request.extend_from_slice(&bytes[..count]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        if let Ok(document) = serde_json::from_str(body) {
            stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
            return (head.to_owned(), document);
        }
    }
}

#[test]
fn an_error_is_told_once_by_whoever_sees_it_first() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks/secret", listener.local_addr().unwrap());
    let options =
        ["--error-webhook", &url, "--database-url", DATABASE, "--breaker-failures", "1000000"];
    let server = Server::start(&options);
    let (first, second) = thread::scope(|scope| {
        let told = scope.spawn(|| (told(&listener), told(&listener)));
        for worker in [0, 1] {
            let mut client = server.client_of(worker);
            (0..10).for_each(|user| assert_eq!(client.get(&format!("/users/{user}")).status, 503));
        }
        // The next one that is told is another one.
        assert_eq!(server.get("/users").status, 503);
        told.join().expect("both come")
    });
    let (head, document) = first;
    assert!(
        head.starts_with("POST /hooks/secret HTTP/1.1") && head.contains("application/json"),
        "{head}"
    );
    assert!(document["text"].as_str().unwrap().starts_with("503 GET /users/{id}: "), "{document}");
    assert!(document["worker"].is_u64());
    assert!(second.1["text"].as_str().unwrap().starts_with("503 GET /users: "), "{}", second.1);
    assert!(!server.log().contains("secret"), "the address may be one");
}

#[test]
fn an_address_that_does_not_answer_stops_nobody() {
    // Its backlog takes connections, and nobody accepts.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = Server::start(&["--error-webhook", &url, "--database-url", DATABASE]);
    for path in ["/users", "/users/1"] {
        assert_eq!(server.get(path).status, 503);
    }
    let answer = server.get("/plaintext");
    assert!(answer.status == 200 && answer.took < Duration::from_secs(5), "{:?}", answer.took);
    until("it is given up, and told", || server.log().contains("(setting `error_webhook`)"));
}
