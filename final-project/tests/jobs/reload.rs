//! Members change their places when there are other numbers of workers.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::house::processes::children;
use crate::house::{Server, send, until};
use crate::{end, keeper, options, primes, submit};

/// More workers, fewer, and none that runs jobs: the listener of the place that the keeper takes is looked after.
#[test]
fn workers_and_the_keeper_change_places_and_nobody_notices() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    let write = |workers: usize, processes: usize| {
        let settings = format!("workers = {workers}\njob_processes = {processes}\n");
        fs::write(&config, settings).unwrap();
    };
    write(2, 1);
    let server = Server::start(&["--config", config.to_str().unwrap()]);
    let (outcome, ()) = server.under_load(
        |plan| (plan.connections, plan.keep_alive) = (8, false),
        || {
            for (workers, processes) in [(3, 1), (1, 1), (2, 0), (2, 1)] {
                let before = server.workers();
                write(workers, processes);
                server.signal(Signal::HUP);
                let members = workers + processes;
                until("all are new", || {
                    let now = server.workers();
                    now.len() == members && now.iter().all(|pid| !before.contains(pid))
                });
                until("the keeper has its process", || {
                    let keepers =
                        server.workers().into_iter().filter(|&pid| !children(pid).is_empty());
                    keepers.count() == processes
                });
                if processes > 0 {
                    let place = submit(&server, &primes(1000));
                    assert_eq!(end(&server, &place)["state"], "done");
                }
            }
        },
    );
    assert_eq!(outcome.tally.failures.sum(), 0, "{:?}", outcome.tally.failures);
}

#[test]
fn a_keeper_that_dies_again_and_again_ends_no_server() {
    let server = Server::start(&options(&["--crashes-max", "3"]));
    let workers: Vec<_> =
        server.workers().into_iter().filter(|&pid| children(pid).is_empty()).collect();
    for deaths in 1..=5 {
        send(keeper(&server), Signal::KILL);
        until("it is seen", || server.log().matches("has failed").count() == deaths);
    }
    let place = submit(&server, &primes(1000));
    assert_eq!(end(&server, &place)["state"], "done");
    assert!(workers.iter().all(|worker| server.workers().contains(worker)), "nobody else died");
}

#[test]
fn a_server_that_cannot_start_does_not_wait_for_its_keeper() {
    let settings = ["--rate-limit", "10/s", "--rate-clock", "/nowhere"];
    let folder = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let mut server = Server::spawn(folder, &options(&settings));
    assert_eq!(server.status().code(), Some(4), "{}", server.log());
    assert!(begin.elapsed() < Duration::from_secs(20), "`start_timeout` is 30 s");
}
