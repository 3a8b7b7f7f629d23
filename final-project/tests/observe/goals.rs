//! Alert rules, and the dashboard of Grafana.

use std::process::Command;

use api_server::observe::goals::{GOALS, Light, Range};
use serde_json::Value;

use crate::house::{program, skip};

/// As they are deployed.
const RULES: &str = include_str!("../../../deploy/prometheus/alerts.yml");
const DASHBOARD: &str = include_str!("../../../deploy/grafana/dashboards/api-server.json");

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
fn the_dashboard_that_is_deployed_is_that_of_the_program() {
    let output = program().arg("dashboard").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let made = String::from_utf8(output.stdout).unwrap();
    let path = "deploy/grafana/dashboards/api-server.json";
    assert!(made == DASHBOARD, "run `api-server dashboard > {path}`");
    let dashboard: Value = serde_json::from_str(&made).unwrap();
    let titles: Vec<_> = dashboard["panels"].as_array().unwrap().iter().collect();
    for goal in GOALS {
        let panel = titles.iter().find(|panel| panel["title"] == goal.title).expect("a panel");
        // Each value has the colour of its light.
        let steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"].as_array().unwrap();
        let color = |value: f64| {
            let mut begun = steps.iter().filter(|step| step["value"].as_f64() <= Some(value));
            begun.next_back().unwrap()["color"].clone()
        };
        let ends = [goal.target, goal.alarm].map(|range| match range {
            Range::Below(end) | Range::Above(end) => (end, end),
            Range::Between(low, high) => (low, high),
        });
        for value in ends.iter().flat_map(|&(low, high)| [low * 0.99, low * 1.01, high * 1.01]) {
            let light = match goal.light(Some(value)) {
                Light::Good => "green",
                Light::Fair => "yellow",
                Light::Alarm => "red",
                Light::Unknown => unreachable!("there is a value"),
            };
            assert_eq!(color(value), light, "{} at {value}", goal.alert);
        }
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
