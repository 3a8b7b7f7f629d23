//! Jobs in PostgreSQL.

use serde_json::Value;

use crate::house::Server;
use crate::house::exposition::Exposition;
use crate::house::services::Postgres as Database;
use crate::{end, fault, options, primes, submit, try_submit, until};

#[path = "lasting.rs"]
mod lasting;

/// Whether the database is back, each worker finds out for itself: until then it answers with 503.
fn done_in_the_end(server: &Server, place: &str) -> Value {
    let mut job = Value::Null;
    until("it is done", || {
        let answer = server.get(place);
        job = if answer.status == 200 { answer.json() } else { Value::Null };
        job["state"] == "done"
    });
    job
}

#[test]
fn servers_that_share_a_database_share_the_jobs() {
    let Some(database) = Database::start() else { return };
    let asks = database.server(&["--job-processes", "0"]);
    let runs = database.server(&options(&[]));
    let place = submit(&asks, &primes(1000));
    assert_eq!(end(&asks, &place)["result"]["count"], 168);
    assert_eq!(runs.get(&place).json(), asks.get(&place).json());
}

#[test]
fn a_database_that_is_away_is_told_and_what_was_accepted_is_run_when_it_is_back() {
    let Some(mut database) = Database::start() else { return };
    let server =
        database.server(&options(&["--database-timeout", "1s", "--breaker-open", "500ms"]));
    let before = submit(&server, &fault("nap"));
    database.service().kill();
    let refused = try_submit(&server, &primes(1000));
    assert_eq!(refused.status, 503);
    assert!(refused.header("retry-after").is_some());
    database.service().restart();
    assert_eq!(done_in_the_end(&server, &before)["result"]["seconds"], 2);
}

#[test]
fn an_end_that_the_database_does_not_hear_is_told_again() {
    let Some(mut database) = Database::start() else { return };
    let server =
        database.server(&options(&["--database-timeout", "1s", "--breaker-open", "300ms"]));
    let place = submit(&server, &fault("nap"));
    let running = || Exposition::of(&server).sum("api_server_jobs", &[("state", "running")]);
    until("it runs", || running() > 0.0);
    database.service().kill();
    until("it has ended, and nobody hears it", || running() == 0.0);
    database.service().restart();
    let job = done_in_the_end(&server, &place);
    assert_eq!(job["starts"], 1, "it was not run again");
}
