//! What was acknowledged on one worker is what every other one answers with, whoever dies meanwhile.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use serde_json::json;

use super::Database;
use crate::house::{Client, Raised, Server};

fn create(client: &mut Client, name: &str) -> String {
    let user = json!({"name": name, "email": format!("{name}@example.org")});
    let created = client.json("POST", "/users", &user.to_string());
    assert_eq!(created.status, 201, "{created:?}");
    created.header("location").expect("where it is").to_owned()
}

fn rename(client: &mut Client, place: &str, name: &str) {
    let user = json!({"name": name, "email": "shared@example.org"});
    assert_eq!(client.json("PUT", place, &user.to_string()).status, 200);
}

#[test]
fn a_write_on_one_worker_is_seen_by_the_next_read_on_every_other() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&["--workers", "3"]);
    let mut clients: Vec<_> = (0..3).map(|worker| server.client_of(worker)).collect();
    let place = create(&mut clients[0], "first");
    for round in 0..100 {
        let name = format!("round {round}");
        // Everybody has the old one in memory.
        for client in &mut clients {
            assert_eq!(client.get(&place).status, 200);
        }
        rename(&mut clients[round % 3], &place, &name);
        for (worker, client) in clients.iter_mut().enumerate() {
            let seen = client.get(&place).json();
            assert_eq!(seen["name"], *name, "on worker {worker}, written on worker {}", round % 3);
        }
    }
    assert_eq!(clients[0].ask("DELETE", &place, &[], b"").status, 204);
    for client in &mut clients {
        assert_eq!(client.get(&place).status, 404);
    }
}

#[test]
fn writers_that_read_first_lose_no_update() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&[]);
    let place = create(&mut server.client(), "0");
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut client = server.client();
                (0..20).for_each(|_| count_up(&mut client, &place));
            });
        }
    });
    let user = server.get(&place).json();
    assert_eq!((&user["name"], &user["version"]), (&json!("120"), &json!(121)));
}

/// Reads the number that is the user's name and writes the next, until nobody has come in between.
fn count_up(client: &mut Client, place: &str) {
    for _ in 0..1000 {
        let read = client.get(place);
        let number: u32 = read.json()["name"].as_str().unwrap().parse().unwrap();
        let user = json!({"name": (number + 1).to_string(), "email": "shared@example.org"});
        let tag = format!("if-match: {}", read.header("etag").unwrap());
        let fields = [tag.as_str(), "content-type: application/json"];
        match client.ask("PUT", place, &fields, user.to_string().as_bytes()).status {
            200 => return,
            412 => {}
            other => panic!("status {other}"),
        }
    }
    panic!("somebody else is always faster");
}

#[test]
fn whatever_was_acknowledged_is_there_though_workers_are_killed() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&[]);
    let (enough, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let acknowledged: Vec<_> = thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (server, enough, count) = (&server, &enough, &count);
                scope.spawn(move || write_on(server, writer, enough, count))
            })
            .collect();
        {
            // Also when it fails.
            let _end = Raised(&enough);
            server.kill_workers(5, &count, 30);
        }
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert!(acknowledged.len() > 150);
    let mut clients: Vec<_> = (0..2).map(|worker| server.client_of(worker)).collect();
    for (place, name) in acknowledged {
        for client in &mut clients {
            assert_eq!(client.get(&place).json()["name"], *name);
        }
    }
}

/// Creates users, over new connections when the old one breaks, and returns those that were acknowledged.
fn write_on(
    server: &Server,
    writer: usize,
    enough: &AtomicBool,
    count: &AtomicUsize,
) -> Vec<(String, String)> {
    let mut acknowledged = Vec::new();
    let mut client = server.client();
    for number in (0..100_000).take_while(|_| !enough.load(SeqCst)) {
        let name = format!("{writer}.{number}");
        let user = json!({"name": name, "email": format!("{name}@example.org")});
        match client.try_json("POST", "/users", &user.to_string()) {
            Some(created) => {
                assert_eq!(created.status, 201, "{created:?}");
                count.fetch_add(1, SeqCst);
                acknowledged.push((created.header("location").unwrap().to_owned(), name));
            }
            None => client = server.client(),
        }
    }
    acknowledged
}

/// A user whose name is a number that its one writer counts up.
struct Counted {
    place: String,
    /// The last one that was acknowledged.
    acknowledged: AtomicUsize,
}

#[test]
fn what_was_acknowledged_is_read_everywhere_though_workers_are_killed() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&[]);
    let create = |number| {
        let place = create(&mut server.client(), &format!("c{number}"));
        rename_to(&mut server.client(), &place, 0).expect("nobody is killed yet");
        Counted { place, acknowledged: AtomicUsize::new(0) }
    };
    let users: Vec<Counted> = (0..3).map(create).collect();
    let (enough, writes, reads) =
        (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for user in &users {
            scope.spawn(|| count_on(&server, user, &enough, &writes));
        }
        for _ in 0..3 {
            scope.spawn(|| read_on(&server, &users, &enough, &reads));
        }
        // Also when a thread fails.
        let _end = Raised(&enough);
        server.kill_workers(5, &writes, 60);
    });
    assert!(reads.load(SeqCst) > 100, "{reads:?} reads");
}

/// `None` when the connection breaks before the answer: nobody knows whether it was written.
fn rename_to(client: &mut Client, place: &str, number: usize) -> Option<()> {
    let user = json!({"name": number.to_string(), "email": format!("{}@example.org", &place[7..])});
    let renamed = client.try_json("PUT", place, &user.to_string())?;
    assert_eq!(renamed.status, 200, "{renamed:?}");
    Some(())
}

fn count_on(server: &Server, user: &Counted, enough: &AtomicBool, writes: &AtomicUsize) {
    let mut client = server.client();
    for number in (1..).take_while(|_| !enough.load(SeqCst)) {
        match rename_to(&mut client, &user.place, number) {
            Some(()) => {
                user.acknowledged.store(number, SeqCst);
                writes.fetch_add(1, SeqCst);
            }
            None => client = server.client(),
        }
    }
}

/// Whoever reads finds no older name than the last that was acknowledged before.
fn read_on(server: &Server, users: &[Counted], enough: &AtomicBool, reads: &AtomicUsize) {
    let mut client = server.client();
    for user in users.iter().cycle().take_while(|_| !enough.load(SeqCst)) {
        let acknowledged = user.acknowledged.load(SeqCst);
        let Some(read) = client.try_json("GET", &user.place, "") else {
            client = server.client();
            continue;
        };
        let name = read.json()["name"].as_str().and_then(|name| name.parse::<usize>().ok());
        assert!(name.is_some_and(|name| name >= acknowledged), "{acknowledged} in {read:?}");
        reads.fetch_add(1, SeqCst);
    }
}

#[test]
fn what_memory_holds_is_bounded_and_correct_beyond_it() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&["--cache-items", "10"]);
    let mut client = server.client();
    let places: Vec<_> =
        (0..50).map(|number| (create(&mut client, &format!("u{number}")), number)).collect();
    for _ in 0..2 {
        for (place, number) in &places {
            assert_eq!(client.get(place).json()["name"], format!("u{number}"));
        }
    }
}

#[test]
fn without_a_cache_everything_works() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&["--cache-items", "0"]);
    let mut client = server.client();
    let place = create(&mut client, "nobody");
    assert_eq!(client.get(&place).status, 200);
    rename(&mut client, &place, "somebody");
    assert_eq!(client.get(&place).json()["name"], "somebody");
}
