//! Goal: each alert fires when what it is for happens, and is over when that is over.
//!
//! Method: real faults, and a real Prometheus with the rules that are deployed, in a hurry: its windows are seconds where they
//! are minutes, and nobody waits a minute until an alert fires. Where a threshold is about a machine of a size, it is that of
//! a smaller one; each test says so.
//! Not proven: that the thresholds are right for anybody's traffic.

mod house;

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use api_server::observe::goals::GOALS;
use api_server::observe::grafana::dashboard;
use load_tester::plan::Pace;
use rustix::process::Signal;

use house::services::{Postgres, Prometheus};
use house::{Raised, Server, send, until};

/// As they are deployed.
const RULES: &str = include_str!("../../deploy/prometheus/alerts.yml");
/// What is a minute, and five, takes so long here.
const MINUTE: &str = "[3s]";
const FIVE_MINUTES: &str = "[8s]";

/// The rules in a hurry, some of them with other thresholds.
fn rules(thresholds: &[(&str, f64)]) -> String {
    let rules = RULES.replace("[1m]", MINUTE).replace("[5m]", FIVE_MINUTES);
    let mut rules = rules.replace("for: 1m", "for: 1s");
    for (alert, threshold) in thresholds {
        let begin = rules.find(&format!("alert: {alert}\n")).expect("the alert");
        let end = begin + rules[begin..].find("'\n").expect("its expression");
        let value = begin + rules[begin..end].rfind(' ').expect("its threshold") + 1;
        rules.replace_range(value..end, &threshold.to_string());
    }
    rules
}

/// A Prometheus that has looked at the server often enough to know rates.
fn watch(server: &Server, thresholds: &[(&str, f64)]) -> Option<Prometheus> {
    let prometheus = Prometheus::start(server.address, &rules(thresholds))?;
    until("it knows rates", || {
        let rates = format!("rate(api_server_worker_starts_total{MINUTE})");
        prometheus.values(&rates).len() == 1
    });
    Some(prometheus)
}

trait Alerts {
    fn fires(&self, alert: &str) -> bool;
    fn until_it_fires(&self, alert: &str);
    fn until_it_is_over(&self, alert: &str);
}

impl Alerts for Prometheus {
    fn fires(&self, alert: &str) -> bool {
        self.firing().iter().any(|name| name == alert)
    }

    fn until_it_fires(&self, alert: &str) {
        until(&format!("{alert} fires"), || self.fires(alert));
    }

    fn until_it_is_over(&self, alert: &str) {
        until(&format!("{alert} is over"), || !self.fires(alert));
    }
}

/// Asks again and again, each time on a connection of its own and by so many at once, while `script` runs. What stands for `#`
/// in the path is each client's number.
fn asking<T>(server: &Server, path: &str, clients: usize, script: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for client in 0..clients {
            let (path, is_over) = (path.replace('#', &client.to_string()), &is_over);
            scope.spawn(move || {
                while !is_over.load(SeqCst) {
                    server.get(&path);
                }
            });
        }
        // Also when the script fails.
        let _end = Raised(&is_over);
        script()
    })
}

/// The threshold is that of a server which has a hundredth of the traffic.
#[test]
fn few_requests_are_told_and_with_enough_of_them_nothing_is() {
    let server = Server::start(&[]);
    let thresholds = [("ApiServerFewRequests", 50.0), ("ApiServerProcessorsFull", 2.0)];
    let Some(prometheus) = watch(&server, &thresholds) else { return };
    let alert = "ApiServerFewRequests";
    prometheus.until_it_fires(alert);
    server.under_load(
        |plan| plan.pace = Pace::Open { rate: 200.0 },
        || {
            prometheus.until_it_is_over(alert);
            assert_eq!(prometheus.firing(), Vec::<String>::new());
            every_panel_draws_something(&prometheus);
        },
    );
    prometheus.until_it_fires(alert);
    server.stop();
    prometheus.until_it_fires("ApiServerAway");
}

/// What the dashboard of Grafana asks Prometheus.
fn every_panel_draws_something(prometheus: &Prometheus) {
    let dashboard: serde_json::Value = serde_json::from_str(&dashboard()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() > GOALS.len());
    for panel in panels {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            let expression = expression.replace("[$__rate_interval]", MINUTE);
            assert!(!prometheus.values(&expression).is_empty(), "{}: {expression}", panel["title"]);
        }
    }
}

/// More are asked for than the threads can compute.
#[test]
fn a_server_that_is_slow_is_told() {
    let server = Server::start(&["--compute-threads", "1"]);
    let Some(prometheus) = watch(&server, &[]) else { return };
    asking(&server, "/compute/primes/3000000", 16, || prometheus.until_it_fires("ApiServerSlow"));
    prometheus.until_it_is_over("ApiServerSlow");
}

/// The threshold is half of the processors: other programs use them, too, while this is tried.
#[test]
fn processors_that_are_full_are_told() {
    let server = Server::start(&["--compute-threads", "4"]);
    let alert = "ApiServerProcessorsFull";
    let Some(prometheus) = watch(&server, &[(alert, 0.5)]) else { return };
    asking(&server, "/compute/primes/20000000", 16, || prometheus.until_it_fires(alert));
    prometheus.until_it_is_over(alert);
}

/// The threshold is a half more than what the server has at rest.
#[test]
fn memory_that_is_full_is_told() {
    const BODY: usize = 48 << 20;
    let server = Server::start(&["--body-bytes", "48m", "--memory", "128m"]);
    let alert = "ApiServerMemoryFull";
    let Some(before) = watch(&server, &[]) else { return };
    let used = GOALS.iter().find(|goal| goal.alert == alert).expect("a goal").expression;
    let used = before.values(used)[0];
    let Some(prometheus) = watch(&server, &[(alert, used * 1.5)]) else { return };
    assert!(!prometheus.fires(alert));
    let mut client = server.client();
    let head = format!("POST /users HTTP/1.1\r\nhost: test\r\ncontent-length: {BODY}\r\n\r\n");
    client.send(head.as_bytes());
    // All of it but the end: the server has to keep it.
    client.send(&vec![b' '; BODY - 1]);
    prometheus.until_it_fires(alert);
    drop(client);
    prometheus.until_it_is_over(alert);
}

/// Somebody has locked the table.
#[test]
fn a_pool_that_is_full_is_told() {
    let Some(postgres) = Postgres::start() else { return };
    let connections = ["--database-connections-min", "2", "--database-connections-max", "4"];
    let patience = ["--database-timeout", "3s", "--breaker-failures", "1000000"];
    let server = postgres.server(&[connections, patience].concat());
    let alert = "ApiServerPoolFull";
    let Some(prometheus) = watch(&server, &[]) else { return };
    assert!(!prometheus.fires(alert));
    let session = postgres.session();
    session.execute("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
    // Of those who ask for the same user, one asks the database.
    asking(&server, "/users/#", 16, || prometheus.until_it_fires(alert));
    session.execute("ROLLBACK");
    prometheus.until_it_is_over(alert);
}

#[test]
fn workers_that_die_again_and_again_are_told() {
    let server = Server::start(&[]);
    let alert = "ApiServerWorkersFail";
    let Some(prometheus) = watch(&server, &[]) else { return };
    for deaths in 1..=4 {
        send(server.workers()[0], Signal::KILL);
        until("another one is ready", || server.log().matches("is ready").count() == 2 + deaths);
    }
    prometheus.until_it_fires(alert);
    prometheus.until_it_is_over(alert);
}

#[test]
fn a_database_that_is_away_and_the_errors_that_follow_are_told() {
    let Some(mut postgres) = Postgres::start() else { return };
    let server = postgres.server(&["--breaker-open", "1s", "--database-timeout", "1s"]);
    let Some(prometheus) = watch(&server, &[]) else { return };
    let (errors, down) = ("ApiServerErrors", "ApiServerDependencyDown");
    assert!(!prometheus.fires(errors) && !prometheus.fires(down));
    postgres.service().kill();
    asking(&server, "/users/7", 4, || {
        prometheus.until_it_fires(errors);
        prometheus.until_it_fires(down);
        postgres.service().restart();
        prometheus.until_it_is_over(errors);
        prometheus.until_it_is_over(down);
    });
}

/// The queue is away, and the disk has hardly any room.
#[test]
fn events_that_are_lost_are_told() {
    // Nobody is there.
    let queue = ["--queue-url", "redis://127.0.0.1:1", "--events-bytes", "64k"];
    let server = Server::start(&queue);
    let alert = "ApiServerEventsRefused";
    let Some(prometheus) = watch(&server, &[]) else { return };
    assert!(!prometheus.fires(alert));
    asking(&server, "/users/7", 4, || prometheus.until_it_fires(alert));
    prometheus.until_it_is_over(alert);
}

#[test]
fn jobs_that_fail_again_and_again_are_told() {
    let server = Server::start(&["--job-processes", "1", "--job-faults", "on"]);
    let alert = "ApiServerJobsFail";
    let Some(prometheus) = watch(&server, &[]) else { return };
    assert!(!prometheus.fires(alert));
    for _ in 0..8 {
        let job = r#"{"kind": "fault", "input": "panic"}"#;
        assert_eq!(server.client().json("POST", "/jobs", job).status, 202);
    }
    prometheus.until_it_fires(alert);
    prometheus.until_it_is_over(alert);
}

#[test]
fn every_alert_is_tried_here_and_has_its_place_in_the_run_book() {
    let source = include_str!("alerts.rs");
    let run_book = include_str!("../../book/src/server/run-book.md");
    for alert in RULES.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(source.contains(&format!("\"{alert}\"")), "{alert}");
        assert!(run_book.contains(&format!("\n## {alert}\n")), "{alert}");
    }
}
