//! Whose a job is, and for how long.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api_server::store::jobs::{JobEnd, JobState, StoredJob};
use api_server::store::sqlite::{self, Sqlite};
use api_server::store::{Store, StoreError};
use rusqlite::Connection;
use rustix::process::Signal;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::house::processes::{children, exists, stop};
use crate::house::{Server, WAIT_MAX, send, until};
use crate::{end, fault, options, primes, submit, until_it_is};

const LONG: Duration = Duration::from_secs(3600);

/// Asks a database of its own.
fn with_store(test: impl AsyncFnOnce(&Store)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    sqlite::prepare(&path).unwrap();
    let readers = std::num::NonZeroUsize::MIN;
    let options = sqlite::Options { sync: false, readers, queue: 10, timeout: WAIT_MAX };
    let store = Sqlite::open(&path, options, Arc::new(|_| ())).unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test(&Store::Sqlite(Box::new(store))));
}

fn ids(jobs: &[StoredJob]) -> Vec<u64> {
    jobs.iter().map(|job| job.id).collect()
}

#[test]
fn a_job_is_one_keepers_until_its_lease_runs_out() {
    with_store(async |store| {
        for _ in 0..3 {
            store.submit_job("primes", "{}".to_owned(), 3).await.unwrap();
        }
        let refused = store.submit_job("primes", "{}".to_owned(), 3).await;
        assert!(matches!(refused, Err(StoreError::QueueFull)), "{refused:?}");
        let first = store.claim_jobs("a", 2, LONG).await.unwrap();
        assert_eq!(ids(&first), [1, 2], "the oldest");
        assert_eq!(ids(&store.claim_jobs("b", 5, LONG).await.unwrap()), [3]);
        assert_eq!(store.count_jobs(JobState::Running).await.unwrap(), 3);
        assert_eq!(ids(&store.renew_jobs("a", Duration::ZERO).await.unwrap()), [1, 2]);
        // They have run out now. It has them all the same, as long as nobody else wants them.
        let mut taken = Vec::new();
        while taken.is_empty() {
            assert!(store.claim_jobs("a", 5, LONG).await.unwrap().is_empty());
            taken = store.claim_jobs("b", 1, LONG).await.unwrap();
        }
        assert_eq!((ids(&taken), taken[0].starts), (vec![1], 2));
        assert_eq!(ids(&store.renew_jobs("a", LONG).await.unwrap()), [2]);
        let done = || JobEnd::Done("1".to_owned());
        assert!(!store.finish_job(1, "a", done()).await.unwrap(), "it is another one's");
        assert_eq!(store.job(1).await.unwrap().state, JobState::Running);
        assert!(store.finish_job(1, "b", done()).await.unwrap());
        assert!(!store.finish_job(1, "b", JobEnd::Cancelled).await.unwrap(), "it has ended");
        assert_eq!(store.job(1).await.unwrap().result.as_deref(), Some("1"));
    });
}

#[test]
fn who_gives_a_job_back_has_not_begun_it() {
    with_store(async |store| {
        store.submit_job("primes", "{}".to_owned(), 3).await.unwrap();
        store.claim_jobs("a", 1, LONG).await.unwrap();
        store.release_job(1, "b").await.unwrap();
        assert_eq!(store.job(1).await.unwrap().state, JobState::Running, "only who has it");
        store.release_job(1, "a").await.unwrap();
        let job = store.job(1).await.unwrap();
        assert_eq!((job.state, job.starts), (JobState::Waiting, 0));
        assert_eq!(ids(&store.claim_jobs("b", 1, LONG).await.unwrap()), [1]);
        // One that runs is cancelled by who runs it.
        let job = store.cancel_job(1).await.unwrap();
        assert_eq!((job.state, job.cancel), (JobState::Running, true));
        assert!(store.renew_jobs("b", LONG).await.unwrap()[0].cancel);
    });
}

#[test]
fn what_has_ended_is_swept_however_much_it_is() {
    with_store(async |store| {
        for _ in 0..2500 {
            let job = store.submit_job("primes", "{}".to_owned(), 1).await.unwrap();
            store.cancel_job(job.id).await.unwrap();
        }
        store.submit_job("primes", "{}".to_owned(), 1).await.unwrap();
        assert_eq!(store.sweep_jobs(LONG).await.unwrap(), 0);
        assert!(store.job(1).await.is_ok(), "it has just ended");
        // Until the clock has gone on.
        while store.job(2500).await.is_ok() {
            assert!(store.sweep_jobs(Duration::ZERO).await.unwrap() <= 1000);
        }
        assert!(matches!(store.job(1).await, Err(StoreError::NotFound)));
        assert_eq!(store.job(2501).await.unwrap().state, JobState::Waiting);
    });
}

/// Says something of a job behind the server's back.
fn change(database: &Path, what: &str) {
    let connection = Connection::open(database).unwrap();
    connection.busy_timeout(WAIT_MAX).unwrap();
    assert_eq!(connection.execute(&format!("UPDATE jobs SET {what}"), []).unwrap(), 1);
}

/// The processes of jobs.
fn runners(server: &Server) -> Vec<u32> {
    server.workers().into_iter().flat_map(children).collect()
}

#[test]
fn a_keeper_that_has_lost_a_job_ends_it_and_says_nothing_of_it() {
    let server = Server::start(&options(&[]));
    let place = submit(&server, &fault("sleep"));
    until_it_is(&server, &place, &["running"]);
    let runner = runners(&server)[0];
    change(&server.folder().join("api.db"), "keeper = 'another', lease = 9000000000000000");
    until("its process is ended", || !exists(runner));
    // The keeper goes on, and the job is the other one's.
    let next = submit(&server, &primes(100));
    assert_eq!(end(&server, &next)["state"], "done");
    assert_eq!(server.get(&place).json()["state"], "running");
}

#[test]
fn a_job_whose_keepers_end_again_and_again_is_given_up() {
    let server = Server::start(&options(&[]));
    let running = submit(&server, &fault("sleep"));
    until_it_is(&server, &running, &["running"]);
    change(&server.folder().join("api.db"), "starts = 10, lease = 0, keeper = 'another'");
    let job = end(&server, &running);
    assert_eq!(job["state"], "failed");
    assert!(job["error"].as_str().unwrap().contains("begun 10 times"), "{job}");
}

#[test]
fn a_keeper_that_was_stopped_for_longer_than_a_lease_runs_nothing_twice() {
    let server = Server::start(&options(&["--hang-timeout", "60s"]));
    let place = submit(&server, &fault("sleep"));
    until_it_is(&server, &place, &["running"]);
    let before = runners(&server);
    let keeper = server.workers().into_iter().find(|&pid| !children(pid).is_empty()).unwrap();
    stop(keeper);
    change(&server.folder().join("api.db"), "lease = 0");
    send(keeper, Signal::CONT);
    // It hears of something new, and looks.
    let next = submit(&server, &primes(100));
    assert_eq!(server.client().ask("DELETE", &place, &[], b"").status, 202);
    let job = end(&server, &place);
    assert_eq!((&job["state"], &job["starts"]), (&"cancelled".into(), &1.into()));
    assert_eq!(end(&server, &next)["state"], "done");
    until("its process is gone", || !before.iter().any(|&pid| exists(pid)));
}
