//! What goes wrong, in groups.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::UNIX_EPOCH;

use api_server::board::Board;
use api_server::board::errors::Errors;
use api_server::observe::errors::{note, note_panics};
use rustix::process::Signal;
use serde_json::Value;
use solution_4_processes::shared::Region;

use crate::house::exposition::{Exposition, look_at};
use crate::house::{Server, send, until};

fn errors(server: &Server) -> Vec<Value> {
    let answer = look_at(server, "/errors", &["host: localhost"]);
    answer.json().as_array().expect("a list").clone()
}

#[test]
fn the_same_error_is_counted_in_one_place_by_all_workers() {
    // Nobody is there.
    let database = "postgres://users@127.0.0.1:1/users";
    let many = ["--database-url", database, "--breaker-failures", "1000000"];
    let server = Server::start(&many);
    assert_eq!(errors(&server), Vec::<Value>::new());
    let asked = |worker| {
        let mut client = server.client_of(worker);
        for user in 0..10 {
            assert_eq!(client.get(&format!("/users/{user}")).status, 503);
        }
    };
    asked(0);
    asked(1);
    let seen = errors(&server);
    assert_eq!(seen.len(), 1, "ids are no other errors: {seen:?}");
    let what = seen[0]["what"].as_str().unwrap();
    assert!(what.starts_with("503 GET /users/{id}: the database failed"), "{what}");
    assert!(!what.contains("127.0.0.1"), "{what}");
    assert_eq!(seen[0]["count"], 20);
    assert!(seen[0]["first"].as_u64() <= seen[0]["last"].as_u64());
    // Of two in the same millisecond neither is the latest.
    let last = u128::from(seen[0]["last"].as_u64().unwrap());
    until("it is later", || UNIX_EPOCH.elapsed().unwrap().as_millis() > last);
    // Another route, and it outlives who saw it.
    assert_eq!(server.get("/users").status, 503);
    server.workers().into_iter().for_each(|worker| send(worker, Signal::KILL));
    until("there are others", || server.log().matches("is ready").count() == 4);
    let seen = errors(&server);
    assert_eq!(seen.len(), 2);
    assert!(seen[0]["what"].as_str().unwrap().starts_with("503 GET /users:"), "the latest first");
    let counted = Exposition::of(&server);
    assert_eq!(counted.sum("api_server_errors_total", &[]), 21.0);
    assert_eq!(counted.sum("api_server_panics_total", &[]), 0.0);
}

#[test]
fn a_panic_is_noted_with_its_place() {
    let board = Arc::new(Region::<Board>::create("test").unwrap());
    let told = Arc::new(Mutex::new(Vec::new()));
    note_panics(Arc::clone(&board), {
        let told = Arc::clone(&told);
        move |text| told.lock().unwrap().push(text)
    });
    let panicked =
        |number: u32| thread::spawn(move || panic!("user {number} of 12 is missing")).join();
    assert!((1..=3).all(|number| panicked(number).is_err()));
    let all = board.errors.all();
    assert_eq!(*told.lock().unwrap(), [all[0].text.clone()], "once");
    assert_eq!((all.len(), all[0].count, board.panics.get()), (1, 3, 3), "{all:?}");
    let place = format!("panic in {}:", file!());
    assert!(
        all[0].text.starts_with(&place) && all[0].text.ends_with("user # of # is missing"),
        "{all:?}"
    );
}

#[test]
fn somebody_is_told_the_first_time_and_after_a_quiet_minute() {
    let board = Region::<Board>::create("test").unwrap();
    assert_eq!(note(&board, "here", "7 of 9").as_deref(), Some("here: # of #"));
    assert_eq!(note(&board, "here", "8 of 10"), None);
    assert!(note(&board, "there", "7 of 9").is_some(), "another one");
    let errors = Errors::<2, 2>::default();
    assert!(errors.note(5, "first", 100, 60));
    assert!(!errors.note(5, "first", 159, 60) && errors.note(5, "first", 160, 60));
    assert!(!errors.note(5, "first", 219, 60));
    // There is room for two, and for so much text; the rest is only counted.
    assert!(errors.note(6, "a text that is longer", 230, 60));
    assert!(!errors.note(7, "one too many", 240, 60));
    let texts: Vec<_> = errors.all().into_iter().map(|group| (group.count, group.text)).collect();
    assert_eq!(texts, [(1, "a text that is l".to_owned()), (4, "first".to_owned())]);
    assert_eq!(errors.count(), 6);
}
