//! Workers that are replaced while clients are served.

use std::fs;
use std::thread::sleep;

use load_tester::tally::Failures;
use rustix::process::Signal;

use crate::house::processes::{exists, stop};
use crate::house::{Client, Server, send, until};
use crate::{MOMENT, PATIENT};

#[test]
fn reload_replaces_all_workers_and_no_client_notices() {
    let server = Server::start(&PATIENT);
    let before = server.workers();
    let (outcome, after) = server.under_load(
        |plan| plan.connections = 8,
        || {
            sleep(MOMENT);
            reload_and_wait(&server, &before)
        },
    );
    assert_eq!(outcome.tally.failures, Failures::default());
    let (outcome, _) = server.under_load(
        |plan| (plan.connections, plan.keep_alive) = (8, false),
        || {
            sleep(MOMENT);
            reload_and_wait(&server, &after)
        },
    );
    assert_eq!(outcome.tally.failures, Failures::default());
}

/// Renews all workers, and returns the new ones.
fn reload_and_wait(server: &Server, before: &[u32]) -> Vec<u32> {
    server.signal(Signal::HUP);
    let mut after = Vec::new();
    until("all workers are new", || {
        after = server.workers();
        after.len() == before.len() && after.iter().all(|worker| !before.contains(worker))
    });
    after
}

#[test]
fn reload_brings_new_settings_and_another_number_of_workers() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    fs::write(&config, "workers = 1\nbody_bytes = \"10k\"\n").unwrap();
    let server = Server::start_in(folder, &["--config", config.to_str().unwrap()]);
    let body = format!("{{\"name\": \"{}\"}}", "x".repeat(20_000));
    assert_eq!(server.client().json("POST", "/users", &body).status, 413);
    for workers in [3, 1] {
        fs::write(&config, format!("workers = {workers}\n")).unwrap();
        let (outcome, ()) = server.under_load(
            |plan| (plan.connections, plan.keep_alive) = (8, false),
            || {
                sleep(MOMENT);
                server.signal(Signal::HUP);
                until("there are so many workers", || server.workers().len() == workers);
            },
        );
        assert_eq!(
            outcome.tally.failures,
            Failures::default(),
            "while there come to be {workers} workers"
        );
        // Listeners of workers that are no more are looked after by others.
        for _ in 0..20 {
            assert_eq!(server.client().json("POST", "/users", &body).status, 422);
        }
    }
}

#[test]
fn a_reload_whose_workers_cannot_start_refuses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    fs::write(&config, "workers = 2\n").unwrap();
    let server = Server::start_in(folder, &["--config", config.to_str().unwrap()]);
    // Only workers open this one.
    fs::write(&config, "workers = 6\nrate_clock = \"/nowhere\"\n").unwrap();
    server.signal(Signal::HUP);
    until("it is given up", || server.log().contains("the old settings stay"));
    let mut clients: Vec<Client> = (0..40).map(|_| server.client()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/plaintext").status, 200);
    }
}

#[test]
fn a_reload_changes_what_the_master_itself_goes_by() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    fs::write(&config, "hang_timeout = \"1h\"\n").unwrap();
    let server = Server::start_in(folder, &["--config", config.to_str().unwrap()]);
    fs::write(&config, "hang_timeout = \"2s\"\n").unwrap();
    let workers = reload_and_wait(&server, &server.workers());
    stop(workers[0]);
    until("the stopped worker is replaced", || !exists(workers[0]));
}

#[test]
fn a_reload_with_wrong_settings_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    fs::write(&config, "cache_items = 10\n").unwrap();
    let server = Server::start_in(folder, &["--config", config.to_str().unwrap()]);
    let before = server.workers();
    fs::write(&config, "cache_items = \"many\"\n").unwrap();
    server.signal(Signal::HUP);
    until("it says what is wrong", || server.log().contains("cache_items"));
    assert!(
        server.log().contains("a whole number from 0 to 1000000 is allowed")
            || server.log().contains("allowed is a whole number"),
        "{}",
        server.log()
    );
    sleep(MOMENT);
    assert_eq!(server.workers(), before);
    assert_eq!(server.get("/plaintext").status, 200);
}

#[test]
fn the_log_can_be_moved_away() {
    let server = Server::start(&[]);
    let moved = server.folder().join("log.1");
    fs::rename(server.log_file(), &moved).unwrap();
    server.signal(Signal::USR1);
    sleep(MOMENT);
    let worker = server.workers()[0];
    send(worker, Signal::TERM);
    until("master and worker write into the new file", || {
        let log = server.log();
        log.contains("master:") && log.contains("worker")
    });
}

#[test]
fn a_worker_that_is_told_to_go_is_replaced_first() {
    let server = Server::start(&PATIENT);
    let worker = server.workers()[0];
    let (outcome, ()) = server.under_load(
        |plan| plan.connections = 8,
        || {
            sleep(MOMENT);
            send(worker, Signal::TERM);
            until("it is gone", || !exists(worker));
        },
    );
    assert_eq!(outcome.tally.failures, Failures::default());
    until("there are two workers", || server.workers().len() == 2);
}
