//! The dashboard of Grafana: a panel for each goal, with its thresholds, and then where to look when one is not met.
//!
//! `api-server dashboard` prints it in the format in which Grafana imports and provisions dashboards.

use serde_json::{Value, json};

use super::goals::{GOALS, Goal, Range};

/// How wide a dashboard is, in Grafana's columns, and a panel.
const COLUMNS: usize = 24;
const WIDTH: usize = 8;
const HEIGHT: usize = 7;

/// More panels: a title, a unit, and what is drawn, with names.
type Panel = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Where to look when a goal is not met.
const MORE: &[Panel] = &[
    (
        "Latency by route (p99)",
        "s",
        &[(
            "histogram_quantile(0.99, sum by (instance, le, route) (rate(api_server_http_request_duration_seconds_bucket[1m])))",
            "{{route}}",
        )],
    ),
    (
        "Answers by route",
        "reqps",
        &[("sum by (instance, route) (rate(api_server_http_requests_total[1m]))", "{{route}}")],
    ),
    (
        "Answers by status",
        "reqps",
        &[("sum by (instance, status) (rate(api_server_http_requests_total[1m]))", "{{status}}")],
    ),
    (
        "Refused, and left",
        "reqps",
        &[
            ("rate(api_server_http_requests_shed_total[1m])", "no room"),
            ("rate(api_server_http_requests_limited_total[1m])", "limit"),
            ("rate(api_server_http_requests_abandoned_total[1m])", "client left"),
        ],
    ),
    (
        "Connections",
        "short",
        &[
            ("api_server_connections", "worker {{worker}}"),
            ("api_server_requests_in_progress", "busy, worker {{worker}}"),
        ],
    ),
    (
        "Processor time by process",
        "percentunit",
        &[("rate(api_server_cpu_seconds_total[1m])", "{{process}}")],
    ),
    ("Memory by process", "bytes", &[("api_server_process_resident_memory_bytes", "{{process}}")]),
    (
        "Found in caches",
        "percentunit",
        &[(
            "sum by (instance, tier) (rate(api_server_cache_reads_total{result=\"hit\"}[1m])) / sum by (instance, tier) (rate(api_server_cache_reads_total[1m]))",
            "{{tier}}",
        )],
    ),
    (
        "Connections to the database",
        "short",
        &[
            ("api_server_pool_connections_used", "used, worker {{worker}}"),
            ("api_server_pool_connections_max", "most, worker {{worker}}"),
            ("api_server_pool_waiting", "waiting, worker {{worker}}"),
        ],
    ),
    (
        "Breakers (2 is open)",
        "short",
        &[("api_server_breaker_state", "{{dependency}}, worker {{worker}}")],
    ),
    ("Access events", "reqps", &[("rate(api_server_events_total[1m])", "{{state}}")]),
    (
        "Background jobs",
        "short",
        &[
            ("api_server_jobs", "{{state}}"),
            ("increase(api_server_jobs_ended_total[5m])", "{{end}} in 5 min"),
        ],
    ),
    (
        "What is lost on the side",
        "reqps",
        &[
            ("rate(api_server_access_log_lost_total[1m])", "lines of the access log"),
            ("rate(api_server_traces_lost_total[1m])", "traces"),
        ],
    ),
    (
        "Deaths and panics",
        "short",
        &[
            ("increase(api_server_worker_failures_total[5m])", "workers"),
            ("increase(api_server_panics_total[5m])", "panics"),
        ],
    ),
];

/// The dashboard, as a file.
///
/// # Panics
///
/// Never: text and numbers can be written.
#[must_use]
pub fn dashboard() -> String {
    let goals = GOALS.iter().map(goal);
    let more = MORE.iter().map(|(title, unit, drawn)| panel(title, unit, drawn, Value::Null));
    let panels: Vec<_> = goals.chain(more).enumerate().map(placed).collect();
    let dashboard = json!({
        "uid": "api-server",
        "title": "api-server",
        "schemaVersion": 39,
        "editable": false,
        "refresh": "10s",
        "time": {"from": "now-30m", "to": "now"},
        "templating": {"list": [{
            "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
        }]},
        "panels": panels,
    });
    format!("{dashboard:#}\n")
}

fn goal(goal: &Goal) -> Value {
    let drawn = [(goal.expression, "{{instance}} {{dependency}}")];
    let mut shown = panel(goal.title, goal.unit, &drawn, thresholds(goal));
    shown["description"] = json!(format!("Alarm: {}", goal.meaning));
    shown
}

fn panel(title: &str, unit: &str, drawn: &[(&str, &str)], thresholds: Value) -> Value {
    let source = json!({"type": "prometheus", "uid": "${datasource}"});
    let targets = drawn.iter().zip('A'..).map(|(&(expression, legend), name)| {
        // As long as Grafana finds right for the time that is shown.
        let expression = expression.replace("[1m]", "[$__rate_interval]");
        json!({"refId": name, "datasource": source, "expr": expression, "legendFormat": legend})
    });
    let style = if thresholds.is_null() { "off" } else { "line+area" };
    let mut defaults =
        json!({"unit": unit, "min": 0, "custom": {"thresholdsStyle": {"mode": style}}});
    if !thresholds.is_null() {
        defaults["thresholds"] = thresholds;
    }
    json!({
        "type": "timeseries",
        "title": title,
        "datasource": source,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": targets.collect::<Vec<_>>(),
    })
}

/// Green where the target is, red where the alarm is, and yellow between.
fn thresholds(goal: &Goal) -> Value {
    let (first, steps) = match (goal.target, goal.alarm) {
        (Range::Below(target), Range::Above(alarm)) => {
            ("green", vec![("yellow", target), ("red", alarm)])
        }
        (Range::Above(target), Range::Below(alarm)) => {
            ("red", vec![("yellow", alarm), ("green", target)])
        }
        (Range::Between(low, high), Range::Above(alarm)) => {
            ("yellow", vec![("green", low), ("yellow", high), ("red", alarm)])
        }
        _ => unreachable!("a test draws all goals"),
    };
    let first = json!({"color": first, "value": null});
    let steps = steps.iter().map(|(color, value)| json!({"color": color, "value": value}));
    let steps: Vec<_> = [first].into_iter().chain(steps).collect();
    json!({"mode": "absolute", "steps": steps})
}

fn placed((index, mut panel): (usize, Value)) -> Value {
    let (row, column) = (index / (COLUMNS / WIDTH), index % (COLUMNS / WIDTH));
    panel["id"] = json!(index + 1);
    panel["gridPos"] = json!({"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT});
    panel
}
