//! The units of systemd.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use api_server::master::drain_max;
use api_server::settings::{Settings, read};
use rustix::process::{Signal, geteuid};

use crate::house::databases::Tiers;
use crate::house::tls::Certificate;
use crate::house::{Server, program, skip, until};

const SERVICE: &str = include_str!("../../../deploy/systemd/api-server.service");
const SOCKET: &str = include_str!("../../../deploy/systemd/api-server.socket");
const UNITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/systemd");

/// All that a unit says of this.
fn values<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    lines.filter(|(its, _)| *its == name).map(|(_, value)| value).collect()
}

fn seconds(name: &str) -> Duration {
    let [value] = values(SERVICE, name)[..] else { panic!("`{name}` is there once") };
    let seconds = value.strip_suffix('s').and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.expect("in seconds"))
}

/// As they are installed.
fn settings() -> Settings {
    let path = format!("{UNITS}/settings.toml");
    let arguments = ["api-server", "--config", &path].map(Into::into);
    read(arguments.to_vec()).expect("they are allowed").settings
}

/// Runs a program of systemd's on the units, where the server is as it is here.
fn systemd(program_name: &str, arguments: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let start = format!("ExecStart={}", program().get_program().display());
    let service = SERVICE.replace("ExecStart=/usr/local/bin/api-server", &start);
    assert_ne!(service, SERVICE);
    fs::write(folder.path().join("api-server.service"), service).unwrap();
    fs::write(folder.path().join("api-server.socket"), SOCKET).unwrap();
    let mut command = Command::new(program_name);
    let Ok(output) = command.args(arguments).current_dir(&folder).output() else {
        skip(program_name, "apt install systemd");
        return None;
    };
    let all = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&all).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    Some(said)
}

#[test]
fn systemd_takes_the_units() {
    let units = ["./api-server.socket", "./api-server.service"];
    let verify = [&["verify", "--man=no"], &units[..]].concat();
    if let Some(said) = systemd("systemd-analyze", &verify) {
        // It reads units of this machine, too, about which it may have something to say.
        assert!(!said.contains("api-server"), "{said}");
    }
    let users = format!("{UNITS}/api-server.sysusers");
    // It ends with an error when it cannot read it.
    let _ = systemd("systemd-sysusers", &["--dry-run", &users]);
}

#[test]
fn the_service_may_do_nothing_that_it_does_not_need() {
    // Tenths of what systemd calls exposure. What is left is the network, and what the unit says why.
    let security = ["security", "--offline=true", "--threshold=20", "./api-server.service"];
    if let Some(said) = systemd("systemd-analyze", &security) {
        assert!(said.contains("Overall exposure level"), "{said}");
    }
}

#[test]
fn the_units_leave_the_server_time_and_room() {
    let settings = settings();
    let spare = Duration::from_secs(10);
    assert!(seconds("TimeoutStopSec") >= drain_max(&settings) + spare);
    let database = Duration::from_secs(5);
    assert!(seconds("TimeoutStartSec") >= settings.start_timeout.get() + database + spare);
    let [files] = values(SERVICE, "LimitNOFILE")[..] else { panic!("a limit") };
    assert!(files.parse::<usize>().unwrap() >= api_server::worker::descriptors(&settings));
    let addresses: BTreeSet<_> = values(SOCKET, "ListenStream").into_iter().collect();
    assert_eq!(addresses.len(), 1, "each worker's socket has the same address");
    let [backlog] = values(SOCKET, "Backlog")[..] else { panic!("a backlog") };
    assert_eq!(backlog.parse(), Ok(settings.backlog.get()));
    assert_eq!(values(SERVICE, "SuccessExitStatus"), [api_server::exit::CUT.to_string()]);
}

/// What systemd calls by a name with `@`, or a call itself.
fn calls(of: &str) -> BTreeSet<String> {
    if !of.starts_with('@') {
        return BTreeSet::from([of.to_owned()]);
    }
    let output = Command::new("systemd-analyze").args(["syscall-filter", of]).output();
    let output = output.expect("it was there");
    assert!(output.status.success(), "there is no set `{of}`");
    let text = String::from_utf8(output.stdout).expect("text");
    let members = text.lines().map(str::trim).skip(1);
    let members = members.filter(|line| !line.is_empty() && !line.starts_with('#'));
    members.flat_map(calls).collect()
}

/// What the unit's filters let through, one after the other.
fn allowed() -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for filter in values(SERVICE, "SystemCallFilter") {
        let (forbids, names) =
            filter.strip_prefix('~').map_or((false, filter), |rest| (true, rest));
        let calls: BTreeSet<_> = names.split_whitespace().flat_map(calls).collect();
        if forbids {
            allowed = &allowed - &calls;
        } else {
            allowed.extend(calls);
        }
    }
    allowed
}

#[test]
fn the_filter_allows_every_system_call_that_the_server_makes() {
    if systemd("systemd-analyze", &["syscall-filter", "@system-service"]).is_none() {
        return;
    }
    if Command::new("strace").arg("--version").output().is_err() {
        return skip("strace", "apt install strace");
    }
    let (allowed, mut used) = (allowed(), BTreeSet::new());
    used.extend(traced(&[]));
    if let Some(tiers) = Tiers::start() {
        let options = tiers.options_with_database();
        used.extend(traced(&options.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    // SQLite gives its files to whom the database belongs, if it is root that opens them; the service is not.
    if geteuid().is_root() {
        used.remove("fchown");
    }
    for call in ["execve", "accept4", "sched_setaffinity", "openat2", "setsockopt", "memfd_create"]
    {
        assert!(used.contains(call), "`{call}` was not seen: it has not been tried");
    }
    let refused: Vec<_> = used.difference(&allowed).collect();
    assert!(refused.is_empty(), "the unit forbids {refused:?}");
}

/// Which system calls a server makes from its start to its end, by their names.
fn traced(options: &[&str]) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    fs::write(folder.path().join("files/page.html"), "<p>".repeat(100_000)).unwrap();
    let summary = tempfile::NamedTempFile::new().unwrap();
    let certificate = Certificate::write(folder.path());
    let others = ["--pinning", "always", "--job-processes", "1"];
    let options = [options, &certificate.options(), &others].concat();
    let mut command = Command::new("strace");
    // `-D`: the server is our child, and not the tracer's.
    command.args(["-D", "-f", "-c", "-U", "name", "-o"]).arg(summary.path());
    command.arg(program().get_program());
    let mut server = Server::spawn_by(command, folder, &options).settled();
    let mut http2 = certificate.http2(server.tls_address());
    for path in ["/plaintext", "/static/page.html", "/compute/primes/1000", "/health"] {
        assert_eq!(server.get(path).status, 200, "{path}");
        assert_eq!(http2.get(path).status(), 200, "{path}");
    }
    assert_eq!(http2.get("/metrics").status(), 200);
    let made =
        server.client().json("POST", "/users", r#"{"name": "Ada", "email": "ada@example.org"}"#);
    assert_eq!(made.status, 201, "{made:?}");
    let job = r#"{"kind": "primes", "input": {"below": 1000}}"#;
    let job = server.client().json("POST", "/jobs", job);
    let place = job.header("location").expect("where it is").to_owned();
    until("a job is done", || server.get(&place).json()["state"] == "done");
    let before = server.workers();
    server.signal(Signal::HUP);
    until("all workers are new, and the keeper of jobs", || {
        let workers = server.workers();
        workers.len() == 3 && workers.iter().all(|worker| !before.contains(worker))
    });
    server.signal(Signal::USR1);
    assert_eq!(server.get("/plaintext").status, 200);
    server.signal(Signal::TERM);
    assert_eq!(server.status().code(), Some(0), "{}", server.log());
    names(summary.path())
}

/// The last column of what strace has counted.
fn names(summary: &Path) -> BTreeSet<String> {
    let mut text = String::new();
    until("the tracer has counted", || {
        text = fs::read_to_string(summary).unwrap_or_default();
        text.trim_end().ends_with("total")
    });
    let is_name = |word: &&str| {
        word.bytes().all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte))
    };
    let words = text.lines().map(str::trim).filter(is_name);
    words
        .filter(|word| !word.is_empty() && !["total", "syscall"].contains(word))
        .map(str::to_owned)
        .collect()
}
