//! Those who use the server meanwhile, and what they accept.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::Stage;
use crate::house::tls::Certificate;
use crate::house::{Client, Server};

/// Between two jobs.
const PAUSE: Duration = Duration::from_millis(200);

/// Writes users and reads them again, on other connections, which come to any worker.
pub(crate) fn clerk(server: &Server, stage: &Stage, number: usize) {
    let mut turn = 0;
    while !stage.is_over.load(SeqCst) {
        turn += 1;
        let name = |version: usize| format!("clerk {number}, user {turn}, version {version}");
        let user = |version: usize| {
            json!({"name": name(version), "email": format!("{number}.{turn}@example.org")})
                .to_string()
        };
        let Some((201, place)) = ask(server, stage, "POST", "/users", &user(0)) else { continue };
        for version in 1..4 {
            // What was not acknowledged may have happened: then nobody knows what is right.
            let Some((200, _)) = ask(server, stage, "PUT", &place, &user(version)) else { break };
            for _ in 0..3 {
                match read(server, stage, &place) {
                    Some((200, seen)) => assert_eq!(seen, name(version), "at {place}"),
                    Some((503, _)) | None => {}
                    Some((status, _)) => panic!("{status} for {place}"),
                }
            }
        }
        if let Some((204, _)) = ask(server, stage, "DELETE", &place, "") {
            let gone = read(server, stage, &place).map(|(status, _)| status);
            assert!(
                matches!(gone, None | Some(404 | 503)),
                "{gone:?} for {place}, which was deleted"
            );
        }
    }
}

/// Submits jobs, and says where those are that were accepted.
pub(crate) fn manager(server: &Server, stage: &Stage) -> Vec<String> {
    let job = json!({"kind": "primes", "input": {"below": 10_000}}).to_string();
    let mut accepted = Vec::new();
    while !stage.is_over.load(SeqCst) {
        if let Some((202, place)) = ask(server, stage, "POST", "/jobs", &job) {
            accepted.push(place);
        }
        thread::sleep(PAUSE);
    }
    accepted
}

/// A write on a connection of its own: its status, and where the user is. Nothing, if the connection broke and may have.
fn ask(
    server: &Server,
    stage: &Stage,
    method: &str,
    path: &str,
    body: &str,
) -> Option<(u16, String)> {
    let (may_break, (may_be_away, answer)) = stage.around(&stage.workers_die, || {
        stage.around(&stage.database_is_away, || {
            let mut client = connect(server)?;
            client.try_json(method, path, body)
        })
    });
    let Some(answer) = answer else {
        assert!(may_break, "{method} {path}: the connection broke, and nobody has died");
        return None;
    };
    match answer.status {
        200 | 201 | 202 | 204 => {}
        503 => assert!(may_be_away && answer.header("retry-after").is_some(), "{answer:?}"),
        _ => panic!("{method} {path}: {answer:?}"),
    }
    let place = answer.header("location").unwrap_or(path).to_owned();
    Some((answer.status, place))
}

/// A read on a connection of its own: its status, and the user's name.
fn read(server: &Server, stage: &Stage, place: &str) -> Option<(u16, String)> {
    let (may_break, (may_be_away, answer)) = stage.around(&stage.workers_die, || {
        stage.around(&stage.database_is_away, || connect(server)?.try_json("GET", place, ""))
    });
    let Some(answer) = answer else {
        assert!(may_break, "GET {place}: the connection broke, and nobody has died");
        return None;
    };
    assert!(answer.status != 503 || may_be_away, "{answer:?}");
    let name = if answer.status == 200 {
        answer.json()["name"].as_str().expect("a name").to_owned()
    } else {
        String::new()
    };
    Some((answer.status, name))
}

/// Nobody is refused, whatever happens.
pub(crate) fn connect(server: &Server) -> Option<Client> {
    match TcpStream::connect(server.address) {
        Ok(stream) => Some(Client::over(stream)),
        // A handshake that a dying worker had begun.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => None,
        Err(error) => panic!("no connection: {error}"),
    }
}

/// Asks over HTTP/2, with a connection for some requests.
pub(crate) fn guest(server: &Server, certificate: &Certificate, stage: &Stage) {
    let address = server.tls_address();
    while !stage.is_over.load(SeqCst) {
        let (may_break, broken) = stage.around(&stage.workers_die, || {
            let Ok(mut client) = certificate.try_http2(address) else { return true };
            (0..20).any(|_| {
                let request = hyper::Request::get("https://localhost/static/page.bin");
                let answer = client.try_ask(request.body(Default::default()).expect("one"));
                answer.map_or(true, |answer| {
                    assert!(answer.status() == 200 && answer.body().len() == 100_000);
                    false
                })
            })
        });
        assert!(!broken || may_break, "a connection broke, and nobody has died");
    }
}
