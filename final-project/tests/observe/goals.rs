//! Alert rules.

use std::process::Command;

use api_server::observe::goals::{GOALS, Range};

use crate::house::{program, skip};

/// As they are deployed.
const RULES: &str = include_str!("../../../deploy/prometheus/alerts.yml");

#[test]
fn the_rules_that_are_deployed_are_those_of_the_program() {
    let output = program().arg("alerts").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let made = String::from_utf8(output.stdout).unwrap();
    assert!(made == RULES, "run `api-server alerts > deploy/prometheus/alerts.yml`");
    for goal in GOALS {
        let alerts = |value| goal.alarm.has(value);
        let (good, bad) = match (goal.target, goal.alarm) {
            (Range::Below(target), Range::Above(alarm)) => (target / 2.0, alarm * 2.0 + 1.0),
            (Range::Above(target), Range::Below(alarm)) => (target * 2.0, alarm / 2.0),
            (Range::Between(low, high), Range::Above(alarm)) => ((low + high) / 2.0, alarm * 2.0),
            other => panic!("{}: {other:?}", goal.alert),
        };
        assert!(goal.target.has(good) && !alerts(good), "{}", goal.alert);
        assert!(!goal.target.has(bad) && alerts(bad), "{}", goal.alert);
    }
}

#[test]
fn prometheus_takes_them() {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/prometheus/alerts.yml");
    let Ok(output) = Command::new("promtool").args(["check", "rules", rules]).output() else {
        return skip("promtool", "apt install prometheus");
    };
    let said =
        String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned();
    assert!(
        output.status.success() && said.contains(&format!("{} rules found", GOALS.len() + 1)),
        "{said}"
    );
}
