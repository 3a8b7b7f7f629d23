//! How a server finds its services: one that comes before them, several that come at once, a database that is none of its.

use rusqlite::Connection;
use serde_json::json;

use super::outages::told_to_come_again;
use crate::house::services::{Postgres, Redis};
use crate::house::{Server, until};

#[test]
fn a_server_starts_without_its_services_and_finds_them_later() {
    let (Some(mut postgres), Some(mut redis)) = (Postgres::start(), Redis::start()) else { return };
    postgres.service().kill();
    redis.service().kill();
    let server = Server::start(&[
        "--database-url",
        &postgres.url(),
        "--redis-url",
        &redis.url(),
        "--queue-url",
        &redis.url(),
        "--breaker-open",
        "200ms",
    ]);
    let ready = server.get("/ready");
    assert_eq!((ready.status, &ready.json()["status"]), (200, &json!("degraded")));
    assert_eq!(server.get("/plaintext").status, 200);
    assert!(told_to_come_again(&server.get("/users/1")));
    postgres.service().restart();
    redis.service().restart();
    until("the master says so", || server.log().contains("its tables are up to date"));
    // Each worker finds them by itself; and there may be others by now, since the bound of the pool is known.
    for worker in 0..2 {
        until("the worker has found them", || {
            server.client_of(worker).get("/ready").json()["status"] == "ready"
        });
    }
    let user = r#"{"name":"Ada","email":"ada@example.org"}"#;
    assert_eq!(server.client().json("POST", "/users", user).status, 201);
}

#[test]
fn several_servers_that_start_at_once_make_the_tables_once() {
    let Some(postgres) = Postgres::start() else { return };
    let starting: Vec<_> = (0..3).map(|_| postgres.starting_server(&["--workers", "1"])).collect();
    let servers: Vec<_> = starting.into_iter().map(Server::settled).collect();
    let user = r#"{"name":"Ada","email":"ada@example.org"}"#;
    let created = servers[0].client().json("POST", "/users", user);
    let place = created.header("location").expect("where it is");
    for server in &servers {
        assert_eq!(server.get(place).json()["name"], "Ada", "all have the same tables");
        assert!(!server.log().contains("error"), "{}", server.log());
    }
}

#[test]
fn tables_that_need_a_newer_server_are_left_alone() {
    let Some(postgres) = Postgres::start() else { return };
    drop(postgres.server(&[]));
    postgres.execute("UPDATE api_server_schema SET seen = 1000, least = 1000");
    let (status, said) = start_in_vain(&postgres.url());
    assert_eq!(status, Some(4), "{said}");
    assert!(said.contains("version 1000") && said.contains("`database_url`"), "{said}");
}

/// While one takes the other's place, and when it is taken back.
#[test]
fn servers_of_two_versions_use_a_database_together() {
    let Some(postgres) = Postgres::start() else { return };
    // Connections are replaced all the time.
    let server = postgres.server(&["--database-connection-uses", "1"]);
    // A newer server has added something.
    postgres.execute("UPDATE api_server_schema SET seen = 1000");
    for user in 0..20 {
        assert_eq!(server.get(&format!("/users/{user}")).status, 404);
    }
    let another = postgres.server(&[]);
    assert_eq!(another.get("/users/1").status, 404);
    // What cannot be used any more is an error, and said to be one.
    postgres.execute("UPDATE api_server_schema SET least = 1000");
    until("it is told", || server.get("/users/1").status == 503);
    until("why", || server.log().contains("need a server that knows version 1000"));
}

#[test]
fn a_file_of_a_newer_server_is_used_as_long_as_it_can_be() {
    let folder = Server::start(&[]).stop();
    let database = Connection::open(folder.path().join("api.db")).unwrap();
    database.execute_batch("PRAGMA user_version = 1000").unwrap();
    drop(database);
    let server = Server::start_in(folder, &[]);
    assert_eq!(server.get("/users/1").status, 404);
    let folder = server.stop();
    let database = Connection::open(folder.path().join("api.db")).unwrap();
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 1000, "it is left as it is");
    database.execute_batch("UPDATE needed SET least = 1000").unwrap();
    drop(database);
    let mut server = Server::spawn(folder, &[]);
    assert_eq!(server.status().code(), Some(4));
}

/// The exit status of a server that cannot start, and what it says.
fn start_in_vain(url: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = crate::house::program()
        .args(["--listen", "127.0.0.1:0", "--events"])
        .arg(folder.path())
        .args(["--database-url", url])
        .output()
        .expect("the program is built");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_database_that_says_no_ends_the_start() {
    let Some(postgres) = Postgres::start() else { return };
    for (url, word) in [
        (format!("postgres://nobody@{}/postgres", postgres.address()), "nobody"),
        (format!("postgres://test:secret@{}/nothing", postgres.address()), "nothing"),
    ] {
        let (status, said) = start_in_vain(&url);
        assert_eq!(status, Some(4), "{said}");
        assert!(said.contains("`database_url`") && said.contains(word), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}
