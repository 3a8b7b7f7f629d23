//! Prometheus under test.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;

use super::{Service, answers};
use crate::house::{WAIT_MAX, skip};

/// A server of Prometheus, which looks at one server of ours each half second.
pub(crate) struct Prometheus(Service);

impl Prometheus {
    /// With these alert rules. Nothing where it is not installed.
    pub(crate) fn start(target: SocketAddr, rules: &str) -> Option<Self> {
        if Command::new("prometheus").arg("--version").output().is_err() {
            skip("Prometheus", "apt install prometheus");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("alerts.yml"), rules).expect("a file");
        let settings = format!(
            "global: {{scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}}\nrule_files: [alerts.yml]\nscrape_configs:\n  - job_name: api-server\n    static_configs: [{{targets: ['{target}']}}]\n"
        );
        fs::write(folder.path().join("prometheus.yml"), settings).expect("a file");
        let command = |folder: &Path, port: u16| {
            let mut command = Command::new("prometheus");
            command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
            command.arg(format!("--config.file={}", folder.join("prometheus.yml").display()));
            command.arg(format!("--storage.tsdb.path={}", folder.join("data").display()));
            command
        };
        Some(Self(Service::start(folder, Signal::KILL, command, is_ready)))
    }

    /// The names of the alerts that fire.
    pub(crate) fn firing(&self) -> Vec<String> {
        let alerts = self.ask("/api/v1/alerts")["alerts"].clone();
        let alerts = alerts.as_array().expect("alerts").iter();
        let firing = alerts.filter(|alert| alert["state"] == "firing");
        firing.map(|alert| alert["labels"]["alertname"].as_str().expect("a name").into()).collect()
    }

    /// What an expression says now: the values of all its series.
    pub(crate) fn values(&self, expression: &str) -> Vec<f64> {
        let encoded: String = expression.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let found = self.ask(&format!("/api/v1/query?query={encoded}"))["result"].clone();
        let series = found.as_array().expect("series").iter();
        let value = |series: &Value| series["value"][1].as_str().expect("a value").parse();
        series.map(|series| value(series).expect("a number")).collect()
    }

    fn ask(&self, path: &str) -> Value {
        let mut stream = TcpStream::connect(self.0.address()).expect("it listens");
        stream.set_read_timeout(Some(WAIT_MAX)).expect("a time-out");
        // What is long comes in chunks, to who knows what they are.
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.0 200"), "{path}: {answer}");
        serde_json::from_str::<Value>(body).expect("JSON")["data"].clone()
    }
}

fn is_ready(port: u16) -> bool {
    let address: SocketAddr = (Ipv4Addr::LOCALHOST, port).into();
    answers(
        port,
        format!("GET /-/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes(),
        b"HTTP/1.1 200",
    )
}
