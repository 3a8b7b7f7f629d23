//! What was accepted is run.

use rustix::process::Signal;
use serde_json::json;

use super::Database;
use crate::house::processes::children;
use crate::house::{send, until};
use crate::{end, fault, keeper, options, primes, submit, try_submit, until_it_is};

#[test]
fn a_job_is_submitted_run_and_has_a_result() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&options(&[]));
    let answer = try_submit(&server, &primes(1_000_000));
    assert_eq!(answer.status, 202);
    let job = answer.json();
    assert_eq!((&job["state"], &job["starts"]), (&json!("waiting"), &json!(0)));
    let place = answer.header("location").unwrap();
    let done = end(&server, place);
    assert_eq!(done["state"], "done");
    assert_eq!(done["result"], json!({"below": 1_000_000, "count": 78_498}));
    assert_eq!((&done["starts"], &done["kind"]), (&json!(1), &json!("primes")));
    assert!(done["ended"].as_u64() >= done["created"].as_u64() && done.get("error").is_none());
    let result = server.get(&format!("{place}/result"));
    assert_eq!((result.status, result.json()), (200, done["result"].clone()));
    // One that has ended stays as it is.
    let cancelled = server.client().ask("DELETE", place, &[], b"");
    assert_eq!(cancelled.status, 409);
    assert_eq!(server.get(place).json(), done);
}

#[test]
fn what_is_no_job_is_refused() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&["--job-processes", "1"]);
    for (job, status) in [
        ("{", 422),
        ("{}", 422),
        (r#"{"kind":"rm","input":{"path":"/"}}"#, 422),
        (r#"{"kind":"primes","input":{"below":-1}}"#, 422),
        (r#"{"kind":"primes","input":{"below":9999999999999}}"#, 422),
        (r#"{"kind":"fault","input":"panic"}"#, 422),
    ] {
        let answer = server.client().json("POST", "/jobs", job);
        assert_eq!(answer.status, status, "{job}: {}", answer.text());
    }
    assert_eq!(server.client().ask("POST", "/jobs", &[], b"{}").status, 415);
    let long = format!(r#"{{"kind":"primes","input":{{"below":1}}{}}}"#, " ".repeat(70_000));
    assert_eq!(server.client().json("POST", "/jobs", &long).status, 413);
    for (method, path) in
        [("GET", "/jobs/1"), ("GET", "/jobs/1/result"), ("DELETE", "/jobs/1"), ("GET", "/jobs/x")]
    {
        assert_eq!(server.client().ask(method, path, &[], b"").status, 404, "{method} {path}");
    }
}

#[test]
fn a_full_queue_is_told_and_cancelling_makes_room() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&options(&["--job-queue", "2"]));
    let running = submit(&server, &fault("sleep"));
    until_it_is(&server, &running, &["running"]);
    let result = server.get(&format!("{running}/result"));
    assert_eq!(result.status, 409, "not yet");
    let (first, second) = (submit(&server, &primes(100)), submit(&server, &fault("panic")));
    let refused = try_submit(&server, &primes(100));
    assert_eq!(refused.status, 503);
    assert!(refused.header("retry-after").is_some());

    // One that waits is never begun.
    let cancelled = server.client().ask("DELETE", &second, &[], b"");
    assert_eq!((cancelled.status, &cancelled.json()["state"]), (200, &json!("cancelled")));
    assert_eq!(server.get(&second).json()["starts"], 0);
    // One that runs is ended.
    assert_eq!(server.client().ask("DELETE", &running, &[], b"").status, 202);
    assert_eq!(end(&server, &running)["state"], "cancelled");
    assert_eq!(end(&server, &first)["result"]["count"], 25);
}

#[test]
fn jobs_survive_the_death_of_everything() {
    let Some(database) = Database::start() else { return };
    let settings = options(&[]);
    let server = database.server(&settings);
    let long = submit(&server, &fault("nap"));
    let others: Vec<_> = (1..=10).map(|number| submit(&server, &primes(number * 1000))).collect();
    until_it_is(&server, &long, &["running"]);
    let server = database.killed_and_started_again(server, &settings);
    for place in &others {
        assert_eq!(end(&server, place)["state"], "done", "{place}");
    }
    let long = end(&server, &long);
    assert_eq!((&long["state"], &long["starts"]), (&json!("done"), &json!(2)));
    assert_eq!(long["result"]["seconds"], 2);
    // Below ten thousand.
    assert_eq!(end(&server, &others[9])["result"]["count"], 1229);
}

#[test]
fn the_death_of_a_keeper_and_of_workers_loses_no_job() {
    let Some(database) = Database::start() else { return };
    let server = database.server(&options(&[]));
    let long = submit(&server, &fault("nap"));
    until_it_is(&server, &long, &["running"]);
    let runners = children(keeper(&server));
    for pid in server.workers() {
        send(pid, Signal::KILL);
    }
    until("what it ran is gone with it", || {
        !runners.iter().any(|&pid| crate::house::processes::exists(pid))
    });
    until("there are others", || server.workers().len() == 3);
    let job = end(&server, &long);
    assert_eq!((&job["state"], &job["starts"]), (&json!("done"), &json!(2)));
}

#[test]
fn a_keeper_that_is_told_to_go_gives_back_what_it_cannot_finish() {
    let Some(database) = Database::start() else { return };
    let settings = options(&["--drain-timeout", "200ms"]);
    let server = database.server(&settings);
    let place = submit(&server, &fault("nap"));
    until_it_is(&server, &place, &["running"]);
    let folder = server.stop();
    let server = database.server_in(folder, &settings);
    let job = end(&server, &place);
    // Not a start that counts.
    assert_eq!((&job["state"], &job["starts"]), (&json!("done"), &json!(1)));
    // What ends in the time of a drain, ends.
    let place = submit(&server, &primes(1000));
    end(&server, &place);
}

#[test]
fn new_settings_hold_for_the_keeper_too() {
    let Some(database) = Database::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    let write = |processes: usize| {
        std::fs::write(
            &config,
            format!("workers = 2\njob_faults = \"on\"\njob_processes = {processes}\n"),
        )
        .unwrap();
    };
    write(1);
    let path = config.to_str().unwrap().to_owned();
    let server = database.server(&["--config", &path]);
    let first = submit(&server, &fault("sleep"));
    let second = submit(&server, &fault("sleep"));
    until_it_is(&server, &first, &["running"]);
    write(2);
    server.signal(Signal::HUP);
    until("both run", || {
        let states = [&first, &second].map(|place| server.get(place).json()["state"].clone());
        states.iter().all(|state| state == "running")
    });
    for place in [first, second] {
        assert_eq!(server.client().ask("DELETE", &place, &[], b"").status, 202);
        assert_eq!(end(&server, &place)["state"], "cancelled");
    }
}

#[test]
fn what_ended_long_ago_is_forgotten() {
    let Some(database) = Database::start() else { return };
    let settings = options(&["--job-keep", "1s"]);
    let server = database.server(&settings);
    let place = submit(&server, &primes(100));
    end(&server, &place);
    // The next keeper begins with it.
    let mut server = Some(server);
    until("it is forgotten", || {
        let folder = server.take().expect("a server").stop();
        let now = server.insert(database.server_in(folder, &settings));
        now.get(&place).status == 404
    });
}
