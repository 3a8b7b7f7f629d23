//! Jobs that go wrong.

use crate::house::Server;
use crate::house::exposition::Exposition;
use crate::{end, fault, options, primes, submit};

#[test]
fn whatever_a_job_does_no_request_and_no_other_job_notices() {
    let limits = ["--job-time", "2s", "--job-processor-time", "1s", "--job-memory", "64m"];
    let server = Server::start(&options(&limits));
    let faults = [
        ("segfault", "its process died of signal 11"),
        ("panic", "its process ended with status 101"),
        // It gets what the others leave: whichever limit comes first.
        ("spin", "than it may"),
        ("sleep", "it took longer than it may"),
        ("eat", "its process died of signal 6"),
        ("fork", "no process can be started: Operation not permitted (os error 1)"),
        ("refuse", "it cannot be done"),
    ];
    let (outcome, ()) = server.under_load(
        |plan| plan.connections = 8,
        || {
            let failing = faults.map(|(kind, _)| submit(&server, &fault(kind)));
            let good = [(); 5].map(|()| submit(&server, &primes(1000)));
            for (place, (kind, error)) in failing.iter().zip(faults) {
                let job = end(&server, place);
                assert_eq!(job["state"], "failed", "{kind}");
                assert!(job["error"].as_str().unwrap().ends_with(error), "{kind}: {job}");
                assert_eq!(server.get(&format!("{place}/result")).status, 409);
            }
            for place in &good {
                assert_eq!(end(&server, place)["result"]["count"], 168);
            }
        },
    );
    assert_eq!(outcome.tally.failures.sum(), 0);
    let seen = Exposition::of(&server);
    assert_eq!(seen.sum("api_server_jobs_ended_total", &[("end", "failed")]), 7.0);
    assert_eq!(seen.sum("api_server_jobs_ended_total", &[("end", "done")]), 5.0);
    assert_eq!(seen.sum("api_server_worker_failures_total", &[]), 0.0);
    // What a process says before it dies is for the log, and for no client.
    assert!(server.log().contains("as it was asked to"));
}
