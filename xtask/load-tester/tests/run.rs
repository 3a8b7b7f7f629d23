//! Goal: what a run counts is what happened.
//!
//! Method: a server that does to each request what the test says, and counts too. Numbers of requests end the runs, so
//! that no test depends on how fast the machine is; the two that measure time ask for much more or much less.
//!
//! What it does not prove: that the generator is fast. `cargo xtask load` says so itself when it is not.

mod stub;

use std::ops::ControlFlow;
use std::time::Duration;

use load_tester::plan::{Pace, Plan};
use load_tester::processes::Processes;
use load_tester::run::{Outcome, run};
use load_tester::tally::Failures;
use stub::{Does, Stub, ok};

fn outcome(plan: &Plan) -> Outcome {
    run(plan, &Processes::named(Vec::new()), &mut |_| ControlFlow::Continue(())).expect("it starts")
}

#[test]
fn so_many_requests_are_so_many_answers() {
    let stub = Stub::start(|_| ok("hello"));
    let plan = stub.plan(|plan| {
        (plan.connections, plan.threads, plan.requests) = (7, 2, Some(1000));
    });
    let outcome = outcome(&plan);
    assert_eq!(outcome.tally.latencies.count(), 1000);
    assert_eq!((outcome.tally.failures, outcome.unanswered), (Failures::default(), 0));
    assert_eq!(stub.requests(), 1000, "none is sent that is not counted");
    let moments: u64 = outcome.moments.iter().map(|moment| moment.answers).sum();
    assert_eq!(moments, 1000);
}

#[test]
fn requests_at_once_are_answered_in_order_on_one_connection() {
    let stub = Stub::start(|_| ok("hello"));
    let plan = stub.plan(|plan| {
        plan.pace = Pace::Closed { pipeline: 16 };
        plan.requests = Some(100);
    });
    assert_eq!(outcome(&plan).tally.latencies.count(), 100);
    assert_eq!(stub.connections.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[test]
fn who_has_nothing_more_to_send_goes() {
    let stub = Stub::one_at_a_time(|_| ok("hello"));
    let plan = stub.plan(|plan| (plan.connections, plan.requests) = (3, Some(30)));
    let outcome = outcome(&plan);
    assert_eq!(
        outcome.tally.failures,
        Failures::default(),
        "the first did not keep the others waiting"
    );
    assert_eq!(outcome.tally.latencies.count(), 30);
}

#[test]
fn without_keep_alive_each_request_has_a_connection_of_its_own() {
    let closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    let stub = Stub::start(|_| Does::Answers(closing.to_owned()));
    let plan = stub.plan(|plan| (plan.keep_alive, plan.requests) = (false, Some(50)));
    let outcome = outcome(&plan);
    assert_eq!(outcome.tally.latencies.count(), 50);
    assert_eq!(outcome.tally.connected, 50);
}

#[test]
fn every_kind_of_failure_is_counted_as_what_it_is() {
    // Each tenth request goes wrong in another way.
    let stub = Stub::start(|number| match number % 10 {
        1 => ok("hullo"),
        3 => Does::HangsUp,
        5 => Does::Answers("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n".to_owned()),
        7 => Does::Answers("SMTP ready\r\n\r\n".to_owned()),
        9 => Does::Nothing,
        _ => ok("hello"),
    });
    let plan = stub.plan(|plan| {
        plan.requests = Some(40);
        plan.timeout = Duration::from_millis(200);
    });
    let outcome = outcome(&plan);
    let expected = Failures { connect: 0, broken: 4, timeout: 4, status: 4, body: 4, malformed: 4 };
    assert_eq!(outcome.tally.failures, expected);
    assert_eq!(outcome.tally.latencies.count(), 20);
}

#[test]
fn a_server_that_is_not_there_is_many_failures_and_no_hang() {
    let stub = Stub::start(|_| ok("hello"));
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = gone.local_addr().expect("an address");
    drop(gone);
    let plan = stub.plan(|plan| {
        plan.target.address = address;
        plan.requests = Some(5);
    });
    let outcome = outcome(&plan);
    assert_eq!(outcome.tally.failures.connect, 5);
    assert_eq!(outcome.tally.latencies.count(), 0);
}

#[test]
fn what_never_comes_is_told_at_the_end() {
    let stub = Stub::start(|number| if number < 10 { ok("hello") } else { Does::Nothing });
    let plan = stub.plan(|plan| {
        plan.connections = 3;
        plan.duration = Duration::from_millis(500);
    });
    let outcome = outcome(&plan);
    assert_eq!(outcome.tally.latencies.count(), 10);
    assert_eq!(outcome.unanswered, 3);
}

#[test]
fn an_open_loop_counts_the_wait_of_requests_that_could_not_be_sent() {
    // One stall of 400 ms. A closed loop meets it once; of an open one's 200 requests, 40 were due meanwhile.
    let hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let stall = |number| match number {
        50 => Does::After(Duration::from_millis(400), hello.to_owned()),
        _ => ok("hello"),
    };
    let slow = |pace| {
        let stub = Stub::start(stall);
        let outcome = outcome(&stub.plan(|plan| (plan.pace, plan.requests) = (pace, Some(200))));
        assert_eq!(outcome.tally.latencies.count(), 200);
        (outcome.tally.latencies.percentile(90.0), outcome.tally.waited)
    };
    let (closed, _) = slow(Pace::Closed { pipeline: 1 });
    let (open, waited) = slow(Pace::Open { rate: 100.0 });
    assert!(closed < Duration::from_millis(200), "{closed:?}");
    assert!(open > Duration::from_millis(150), "{open:?}");
    assert!(waited >= 30, "{waited}");
}

#[test]
fn an_open_loop_asks_as_often_as_it_is_told() {
    let stub = Stub::start(|_| ok("hello"));
    let plan = stub.plan(|plan| {
        (plan.connections, plan.threads) = (4, 2);
        plan.pace = Pace::Open { rate: 400.0 };
        plan.requests = Some(200);
    });
    let outcome = outcome(&plan);
    // 199 steps of 2.5 ms; the machine may be late, never early.
    assert!(outcome.elapsed > Duration::from_millis(480), "{:?}", outcome.elapsed);
    assert_eq!(outcome.tally.latencies.count(), 200);
}
