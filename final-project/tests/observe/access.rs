//! The access log, beside what clients saw.

use std::fs;
use std::io::{BufRead, BufReader, pipe};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::thread;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::house::exposition::Exposition;
use crate::house::{Server, WAIT_MAX, until};

/// All lines of a file; each is a whole document.
fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is not whole");
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// Those that a stopped server has left.
fn lines_of(server: Server) -> Vec<Value> {
    lines(&stopped(server).path().join("access"))
}

/// What is collected is written at the end.
fn stopped(server: Server) -> TempDir {
    let folder = server.stop();
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(!log.contains("lines of the access log"), "{log}");
    folder
}

fn about<'l>(lines: &'l [Value], path: &str) -> &'l Value {
    let found: Vec<_> = lines.iter().filter(|line| line["path"] == path).collect();
    assert_eq!(found.len(), 1, "{path}: {lines:?}");
    found[0]
}

#[test]
fn a_line_says_who_asked_for_what_and_how_it_was_answered() {
    let options = ["--trusted-proxies", "127.0.0.0/8", "--body-bytes", "100"];
    let server = Server::start(&options);
    let mut client = server.client();
    let forwarded = ["x-forwarded-for: 198.51.100.4, 192.0.2.7"];
    client.ask("GET", "/plaintext?token=hush", &forwarded, b"");
    client.json("POST", "/users", r#"{"name":"Ada","email":"ada@example.org"}"#);
    client.ask("DELETE", "/users/77", &["x-forwarded-for: 2001:db8::7"], b"");
    client.get("/nothing");
    server.client().json("POST", "/compute", &"x".repeat(200));
    let trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    client.ask("GET", "/json", &[trace], b"");
    let lines = lines_of(server);

    let plain = about(&lines, "/plaintext");
    assert_eq!(plain["client"], "192.0.2.7", "as the proxy says, that is trusted");
    assert_eq!(plain["method"], "GET");
    assert_eq!(plain["route"], "/plaintext");
    assert_eq!((plain["status"].as_u64(), plain["bytes"].as_u64()), (Some(200), Some(13)));
    assert!(plain["time"].as_f64().unwrap() > 1.7e9 && plain["worker"].as_u64().unwrap() < 2);
    assert!(plain["took_us"].as_u64().unwrap() < WAIT_MAX.as_micros() as u64);
    assert!(!lines.iter().any(|line| line.to_string().contains("hush")), "the query is left out");

    let created = about(&lines, "/users");
    assert_eq!(created["client"], "127.0.0.1");
    assert_eq!(created["status"], 201);
    let deleted = about(&lines, "/users/77");
    assert_eq!((&deleted["client"], &deleted["status"]), (&"2001:db8::7".into(), &404.into()));
    assert_eq!(deleted["route"], "/users/{id}");
    assert_eq!(about(&lines, "/nothing")["route"], "none");
    // Refused before anybody looked for its route.
    let large = about(&lines, "/compute");
    assert_eq!((&large["method"], &large["status"]), (&"POST".into(), &413.into()));
    assert_eq!(about(&lines, "/json")["trace"], "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[test]
fn each_request_has_one_line_whatever_happens_to_the_file() {
    let server = Server::start(&[]);
    let path = server.folder().join("access");
    let before = server.folder().join("before");
    let (outcome, ()) = server.under_load(
        |plan| (plan.connections, plan.requests) = (32, Some(20_000)),
        || {
            let written = || fs::metadata(&path).map_or(0, |data| data.len());
            until("something is written", || written() > 0);
            fs::rename(&path, &before).unwrap();
            server.signal(Signal::USR1);
            until("it goes on in another file", || written() > 0);
            until("all are answered", || {
                Exposition::of(&server).sum("api_server_http_requests_total", &PLAIN) >= 20_000.0
            });
        },
    );
    assert_eq!(outcome.tally.latencies.count(), 20_000);
    let folder = stopped(server);
    let all = [lines(&folder.path().join("before")), lines(&folder.path().join("access"))].concat();
    assert_eq!(all.iter().filter(|line| line["path"] == "/plaintext").count(), 20_000);
}

const PLAIN: [(&str, &str); 1] = [("route", "/plaintext")];

#[test]
fn what_clients_send_cannot_make_a_line_of_its_own() {
    let server = Server::start(&[]);
    let long = format!("/{}", "y".repeat(4000));
    // What is no path is refused before it is one.
    for path in ["/a\"b", "/a\\b", "/\u{7f}", "/é\u{2028}", "/%0a{\"client\":1}", &long] {
        let mut client = server.client();
        client.send(format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n").as_bytes());
        client.answer(false);
    }
    let mut client = server.client();
    let method = "X".repeat(100);
    assert_eq!(client.ask(&method, "/plaintext", &[], b"").status, 405);
    let lines = lines_of(server);
    let longest = lines.iter().map(|line| line.to_string().len()).max().unwrap();
    assert!(longest < 1000, "{longest}");
    assert_eq!(about(&lines, &long[..512])["status"], 404);
    assert_eq!(about(&lines, "/%0a{\"client\":1}")["client"], "127.0.0.1");
    let method = &about(&lines, "/plaintext")["method"];
    assert_eq!(*method, "X".repeat(32));
}

#[test]
fn who_leaves_before_the_answer_has_a_line_too() {
    let server = Server::start(&[]);
    let mut client = server.client();
    client.send(b"GET /compute/primes/50000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    until("it is being answered", || {
        Exposition::of(&server).sum("api_server_requests_in_progress", &[]) > 0.0
    });
    drop(client);
    until("it is given up", || {
        Exposition::of(&server).sum("api_server_http_requests_abandoned_total", &[]) > 0.0
    });
    assert_eq!(about(&lines_of(server), "/compute/primes/50000000")["status"], 499);
}

#[test]
fn two_files_have_no_more_than_is_set() {
    let (megabyte, batch) = (1 << 20, 64 << 10);
    let server = Server::start(&["--access-log-bytes", "1m"]);
    let all = || {
        ["access", "access.1"]
            .map(|name| fs::metadata(server.folder().join(name)).map_or(0, |data| data.len()))
    };
    let mut most = 0;
    server.under_load(
        |plan| plan.connections = 32,
        || {
            let mut files = 0;
            let mut before = 0;
            until("the files have taken turns twice", || {
                let [now, other] = all();
                most = most.max(now + other);
                files += usize::from(now < before);
                before = now;
                files >= 2
            });
        },
    );
    assert!(most > megabyte / 2 && most <= megabyte + 4 * batch, "{most}");
    // All that is there is whole.
    let folder = server.stop();
    assert!(lines(&folder.path().join("access.1")).len() > 1000);
}

#[test]
fn nobody_waits_for_who_does_not_read_the_log() {
    let (reader, writer) = pipe().unwrap();
    let path = format!("/proc/{}/fd/{}", std::process::id(), writer.as_raw_fd());
    let server = Server::start(&["--access-log", &path]);
    // Connections that last might all be one worker's.
    let (outcome, ()) = server.under_load(
        |plan| plan.keep_alive = false,
        || until("both workers lose lines", || (0..2).all(|worker| loses_lines(&server, worker))),
    );
    assert_eq!(outcome.tally.failures.sum(), 0);
    let lost = Exposition::of(&server).sum("api_server_access_log_lost_total", &[]);
    assert!(lost > 100.0, "{lost}");
    // And then somebody reads: both workers' lines are whole.
    let reading = thread::spawn(move || {
        let mut workers = [0, 0];
        for line in BufReader::new(reader).lines() {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            workers[line["worker"].as_u64().unwrap() as usize] += 1;
        }
        workers
    });
    drop(writer);
    drop(server.stop());
    let workers = reading.join().expect("all lines are whole");
    assert!(workers.iter().all(|&lines| lines > 100), "{workers:?}");
}

fn loses_lines(server: &Server, worker: usize) -> bool {
    let who = format!("worker {worker}");
    let why = "lines of the access log were lost: the disk does not keep up";
    server.log().lines().any(|line| line.contains(&who) && line.contains(why))
}

#[test]
fn a_disk_without_room_costs_lines_and_nothing_else() {
    let server = Server::start(&["--access-log", "/dev/full"]);
    assert_eq!(server.get("/plaintext").status, 200);
    until("its line is lost", || {
        Exposition::of(&server).sum("api_server_access_log_lost_total", &[]) > 0.0
    });
    assert!(server.log().contains("were lost: No space left on device"), "{}", server.log());
}
