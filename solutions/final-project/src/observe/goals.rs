//! What the server is to be like, and when somebody is to be woken: one table, from which come the alert rules of Prometheus,
//! the dashboard of Grafana, and the lights of this server's own page.
//!
//! The first six are the course's. Each server is looked at alone: of two, one may be in trouble. What such a rule asks is written in Prometheus's language, over the names of
//! [`metrics`](super::metrics).

use serde::Serialize;

use super::recent::Recent;

/// A number to keep an eye on.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// The alert's name.
    pub alert: &'static str,
    /// What is measured, in words.
    pub title: &'static str,
    /// Its unit, as Grafana calls it.
    pub unit: &'static str,
    /// How Prometheus measures it.
    pub expression: &'static str,
    /// How it is measured without one; nothing where there is nothing to measure.
    pub measure: fn(&Recent) -> Option<f64>,
    /// What it should be.
    pub target: Range,
    /// When it is not that by far.
    pub alarm: Range,
    /// What that means for clients.
    pub meaning: &'static str,
}

/// Where a number lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Below.
    Below(f64),
    /// Above.
    Above(f64),
    /// From the one to the other.
    Between(f64, f64),
}

impl Range {
    /// Whether it lies there.
    #[must_use]
    pub fn has(self, value: f64) -> bool {
        match self {
            Self::Below(limit) => value < limit,
            Self::Above(limit) => value > limit,
            Self::Between(low, high) => (low..=high).contains(&value),
        }
    }
}

/// How a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Light {
    /// What it should be.
    Good,
    /// Neither that nor bad.
    Fair,
    /// Bad.
    Alarm,
    /// There is nothing to measure.
    Unknown,
}

impl Goal {
    /// What a measured value means.
    #[must_use]
    pub fn light(&self, value: Option<f64>) -> Light {
        match value {
            None => Light::Unknown,
            Some(value) if self.alarm.has(value) => Light::Alarm,
            Some(value) if self.target.has(value) => Light::Good,
            Some(_) => Light::Fair,
        }
    }
}

/// How long something must be wrong before somebody is woken.
const PATIENCE: &str = "1m";

/// All of them.
pub const GOALS: &[Goal] = &[
    Goal {
        alert: "ApiServerSlow",
        title: "Request latency (p99)",
        unit: "s",
        expression: "histogram_quantile(0.99, sum by (instance, le) (rate(api_server_http_request_duration_seconds_bucket[1m])))",
        measure: |recent| recent.latency(0.99),
        target: Range::Below(0.1),
        alarm: Range::Above(0.2),
        meaning: "one request in a hundred takes longer than 200 ms",
    },
    Goal {
        alert: "ApiServerFewRequests",
        title: "Throughput",
        unit: "reqps",
        expression: "sum by (instance) (rate(api_server_http_requests_total[1m]))",
        measure: |recent| recent.rate(|counts| counts.answers),
        target: Range::Above(10_000.0),
        alarm: Range::Below(5_000.0),
        meaning: "fewer requests are answered than usual: clients do not come through, or there are few",
    },
    Goal {
        alert: "ApiServerErrors",
        title: "Error rate",
        unit: "percentunit",
        expression: "sum by (instance) (rate(api_server_http_requests_total{status=\"5xx\"}[1m])) / sum by (instance) (rate(api_server_http_requests_total[1m]))",
        measure: |recent| recent.share(|counts| counts.errors, |counts| counts.answers),
        target: Range::Below(0.001),
        alarm: Range::Above(0.01),
        meaning: "more than one request in a hundred is answered with an error of the server's",
    },
    Goal {
        alert: "ApiServerProcessorsFull",
        title: "CPU utilization",
        unit: "percentunit",
        expression: "sum by (instance) (rate(api_server_cpu_seconds_total[1m])) / max by (instance) (api_server_processors)",
        measure: Recent::processors,
        target: Range::Between(0.6, 0.8),
        alarm: Range::Above(0.9),
        meaning: "there is hardly any processor time left: the next burst waits",
    },
    Goal {
        alert: "ApiServerMemoryFull",
        title: "Memory usage",
        unit: "percentunit",
        expression: "sum by (instance) (api_server_process_resident_memory_bytes) / max by (instance) (api_server_memory_limit_bytes)",
        measure: Recent::memory,
        target: Range::Below(0.8),
        alarm: Range::Above(0.9),
        meaning: "the kernel is about to end a process",
    },
    Goal {
        alert: "ApiServerPoolFull",
        title: "Connection pool usage",
        unit: "percentunit",
        expression: "sum by (instance) (api_server_pool_connections_used) / sum by (instance) (api_server_pool_connections_max)",
        measure: Recent::pool,
        target: Range::Below(0.8),
        alarm: Range::Above(0.9),
        meaning: "queries wait for a connection to the database",
    },
    Goal {
        alert: "ApiServerWorkersFail",
        title: "Workers that died",
        unit: "short",
        expression: "increase(api_server_worker_failures_total[5m])",
        measure: |recent| recent.increase(|counts| counts.failed),
        target: Range::Below(1.0),
        alarm: Range::Above(2.0),
        meaning: "workers die again and again; each death breaks the requests that it had",
    },
    Goal {
        alert: "ApiServerDependencyDown",
        title: "Services that are left alone",
        unit: "short",
        expression: "max by (instance, dependency) (api_server_breaker_state)",
        measure: Recent::breaker,
        target: Range::Below(1.0),
        alarm: Range::Above(1.5),
        meaning: "the database, Redis or the queue does not answer; what needs it is answered with 503, or without it",
    },
    Goal {
        alert: "ApiServerEventsRefused",
        title: "Access events that are lost",
        unit: "short",
        expression: "sum by (instance) (increase(api_server_events_total{state=\"refused\"}[5m]))",
        measure: |recent| recent.increase(|counts| counts.events.1),
        target: Range::Below(0.5),
        alarm: Range::Above(0.5),
        meaning: "the queue has been away for so long that the disk has no room: accesses are not told any more",
    },
    Goal {
        alert: "ApiServerJobsFail",
        title: "Background jobs that failed",
        unit: "short",
        expression: "sum by (instance) (increase(api_server_jobs_ended_total{end=\"failed\"}[5m]))",
        measure: |recent| recent.increase(|counts| counts.jobs.2),
        target: Range::Below(1.0),
        alarm: Range::Above(5.0),
        meaning: "background jobs fail again and again; no request notices, but who has submitted them waits for nothing",
    },
];

/// The alert rules, as a file of Prometheus's. Whatever counts on a number that is not there says nothing, so there is one
/// rule more: for a server that cannot be asked.
#[must_use]
pub fn alert_rules() -> String {
    let mut text = String::from(
        "# Made by `api-server alerts`. What to do when one fires: the book's page \"Run-book\".\ngroups:\n  - name: api-server\n    rules:\n",
    );
    for goal in GOALS {
        let (sign, limit) = match goal.alarm {
            Range::Below(limit) => ("<", limit),
            Range::Above(limit) => (">", limit),
            Range::Between(..) => unreachable!("an alarm has one side"),
        };
        let expression = format!("{} {sign} {limit}", goal.expression);
        rule(&mut text, goal.alert, &expression, goal.title, goal.meaning);
    }
    let away = "the server does not answer, or does not show its numbers to who asks for them";
    rule(&mut text, "ApiServerAway", "up{job=\"api-server\"} == 0", "The server itself", away);
    text
}

fn rule(text: &mut String, alert: &str, expression: &str, title: &str, meaning: &str) {
    // A single quote is written twice inside of single quotes, and nothing else is (YAML 1.2 §7.3.2).
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let (expression, title, meaning) = (quoted(expression), quoted(title), quoted(meaning));
    text.push_str(&format!(
        "      - alert: {alert}\n        expr: {expression}\n        for: {PATIENCE}\n        labels:\n          severity: page\n        annotations:\n          summary: {title}\n          description: {meaning}\n"
    ));
}
