//! What was given up does not happen later.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::house::{Client, Server};

const ADA: &str = r#"{"name":"Ada","email":"ada@example.org"}"#;

#[test]
fn a_write_that_another_process_keeps_waiting_is_given_up_and_does_not_happen_later() {
    let server = Server::start(&["--database-timeout", "300ms"]);
    let mut client = server.client();
    assert_eq!(client.json("POST", "/users", ADA).status, 201);
    let other = rusqlite::Connection::open(server.folder().join("api.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The second one waits behind the first for the thread that writes.
    let mut writers: Vec<Client> = (0..2).map(|_| server.client_of(0)).collect();
    let begin = Instant::now();
    for (number, writer) in writers.iter_mut().enumerate() {
        let user = format!(r#"{{"name":"late {number}","email":"ada@example.org"}}"#);
        let head = "PUT /users/1 HTTP/1.1\r\nhost: a\r\ncontent-type: application/json";
        writer.send(format!("{head}\r\ncontent-length: {}\r\n\r\n{user}", user.len()).as_bytes());
    }
    for writer in &mut writers {
        assert_eq!(writer.answer(false).expect("an answer").status, 503);
    }
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    // However many have to wait, whoever only reads does not, nor is the file in trouble.
    for _ in 0..8 {
        let mut late = server.client();
        assert_eq!(late.json("PUT", "/users/1", ADA).status, 503);
        assert_eq!(server.get("/users").status, 200);
        assert_eq!(server.get("/ready").status, 200);
    }
    // As long as nobody may write yet, and a little longer.
    sleep(Duration::from_millis(700));
    other.execute_batch("ROLLBACK").unwrap();
    sleep(Duration::from_millis(200));
    let name: String = other.query_row("SELECT name FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(name, "Ada");
    assert_eq!(client.json("PUT", "/users/1", ADA).status, 200, "others may write again");
}
