//! Goal: a job that was accepted is run, whatever happens to the server; and whatever it does, no request notices.
//!
//! Method: jobs that go wrong on purpose while the load tester asks for something else; a server whose processes are killed
//! and started again. The same on SQLite and on PostgreSQL.
//! Not proven: that a job runs once only. It may run twice, and this says so in its number of starts.

#![allow(clippy::duplicate_mod, reason = "the same tests run on each database")]

#[path = "jobs/faults.rs"]
mod faults;
mod house;
#[path = "jobs/leases.rs"]
mod leases;
#[path = "jobs/on_postgres.rs"]
mod on_postgres;
#[path = "jobs/on_sqlite.rs"]
mod on_sqlite;
#[path = "jobs/process.rs"]
mod process;
#[path = "jobs/reload.rs"]
mod reload;

use house::processes::children;
use house::{Answer, Server, until};
use serde_json::{Value, json};

/// With a keeper, and jobs that may go wrong.
const JOBS: [&str; 4] = ["--job-processes", "1", "--job-faults", "on"];

/// With these options, too.
fn options<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&JOBS[..], more].concat()
}

fn try_submit(server: &Server, job: &Value) -> Answer {
    server.client().json("POST", "/jobs", &job.to_string())
}

/// Where an accepted job is.
fn submit(server: &Server, job: &Value) -> String {
    let answer = try_submit(server, job);
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.header("location").expect("where it is").to_owned()
}

fn primes(below: u64) -> Value {
    json!({"kind": "primes", "input": {"below": below}})
}

fn fault(fault: &str) -> Value {
    json!({"kind": "fault", "input": fault})
}

/// The job, when it is so far.
fn until_it_is(server: &Server, place: &str, states: &[&str]) -> Value {
    let mut job = Value::Null;
    until(&format!("{place} is {states:?}"), || {
        let answer = server.get(place);
        assert_eq!(answer.status, 200, "{}", answer.text());
        job = answer.json();
        states.contains(&job["state"].as_str().expect("a state"))
    });
    job
}

fn end(server: &Server, place: &str) -> Value {
    until_it_is(server, place, &["done", "failed", "cancelled"])
}

/// The keeper of jobs: the one of the master's children that has children.
fn keeper(server: &Server) -> u32 {
    let mut keeper = None;
    until("there is a keeper", || {
        keeper = server.workers().into_iter().find(|&pid| !children(pid).is_empty());
        keeper.is_some()
    });
    keeper.expect("it has been found")
}
