//! What the service manager is told.

use std::fs;

use rustix::process::Signal;
use rustix::time::{ClockId, clock_gettime};

use crate::house::processes::stop;
use crate::house::{Server, program, send, until};
use crate::manager::Manager;

/// A server that tells the manager, once it has begun.
fn server(manager: &Manager, folder: tempfile::TempDir, options: &[&str]) -> Server {
    let mut command = program();
    command.env("NOTIFY_SOCKET", &manager.address);
    Server::spawn_by(command, folder, options)
}

fn microseconds() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec * 1_000_000 + now.tv_nsec / 1_000).expect("behind the start")
}

#[test]
fn a_life_is_told_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::at(&folder.path().join("notify"));
    let config = folder.path().join("settings.toml");
    fs::write(&config, "workers = 2\n").unwrap();
    let mut server = server(&manager, folder, &["--config", config.to_str().unwrap()]);
    assert_eq!(manager.state(), "READY=1");
    assert_eq!(server.workers().len(), 2, "ready is when all workers are");
    let before = server.workers();
    let asked = microseconds();
    server.signal(Signal::HUP);
    let reloading = manager.state();
    let time = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("with the time");
    let time: u64 = time.parse().unwrap();
    assert!((asked..=microseconds()).contains(&time), "{time} is no time since {asked}");
    assert_eq!(manager.state(), "READY=1");
    let log = server.log();
    assert_eq!(log.matches("is ready").count(), 4, "the end of a reload is that of the old: {log}");
    until("the old ones are gone", || server.workers().len() == 2);
    assert!(server.workers().iter().all(|worker| !before.contains(worker)));
    server.signal(Signal::TERM);
    assert_eq!(manager.state(), "STOPPING=1\nSTATUS=finishing what has begun");
    assert_eq!(server.status().code(), Some(0));
    assert_eq!(manager.left(), None, "which is the last word");
}

#[test]
fn a_reload_that_is_refused_or_fails_is_over_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::at(&folder.path().join("notify"));
    let config = folder.path().join("settings.toml");
    fs::write(&config, "workers = 1\n").unwrap();
    let server = server(&manager, folder, &["--config", config.to_str().unwrap()]);
    assert_eq!(manager.state(), "READY=1");
    // The first is no setting; the second stops the worker that gets it.
    for settings in ["workers = 0\n", "workers = 3\nrate_clock = \"/nowhere\"\n"] {
        fs::write(&config, settings).unwrap();
        server.signal(Signal::HUP);
        assert!(manager.state().starts_with("RELOADING=1\n"));
        assert_eq!(manager.state(), "READY=1");
    }
    assert_eq!(server.workers().len(), 1);
}

#[test]
fn the_manager_may_have_an_abstract_name_and_is_told_who_serves() {
    let manager = Manager::abstract_name(&format!("api-server-test-{}", std::process::id()));
    let server = server(&manager, tempfile::tempdir().unwrap(), &["--workers", "3"]);
    assert_eq!(manager.await_message("STATUS=3"), "STATUS=3 of 3 workers are ready");
    send(server.workers()[0], Signal::KILL);
    assert_eq!(manager.await_message("STATUS="), "STATUS=2 of 3 workers are ready");
    assert_eq!(manager.await_message("STATUS="), "STATUS=3 of 3 workers are ready");
}

#[test]
fn the_watchdog_hears_the_master_until_it_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::at(&folder.path().join("notify"));
    let mut command = program();
    command.env("NOTIFY_SOCKET", &manager.address).env("WATCHDOG_USEC", "4000000");
    let begin = microseconds();
    let server = Server::spawn_by(command, folder, &[]).settled();
    for _ in 0..3 {
        manager.await_message("WATCHDOG=1");
    }
    // A quarter of the time lies before each, and not a tick.
    let took = microseconds() - begin;
    assert!(took >= 3_000_000, "{took} µs");
    stop(server.master());
    manager.fall_silent();
    send(server.master(), Signal::CONT);
    manager.await_message("WATCHDOG=1");
}

#[test]
fn the_watchdog_of_another_process_is_not_fed() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::at(&folder.path().join("notify"));
    let mut command = program();
    command.env("NOTIFY_SOCKET", &manager.address);
    command.env("WATCHDOG_USEC", "1000000").env("WATCHDOG_PID", "1");
    let mut server = Server::spawn_by(command, folder, &["--lame-duck", "1s"]).settled();
    server.signal(Signal::TERM);
    server.status();
    let all: Vec<String> = std::iter::from_fn(|| manager.left()).collect();
    assert!(
        all.contains(&"READY=1".to_owned()) && !all.contains(&"WATCHDOG=1".to_owned()),
        "{all:?}"
    );
}

#[test]
fn a_manager_that_reads_nothing_stops_nobody_and_hears_the_rest_later() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::at(&folder.path().join("notify"));
    manager.fill();
    let server = server(&manager, folder, &[]).settled();
    assert_eq!(server.get("/plaintext").status, 200);
    // Now it reads.
    assert_eq!(manager.state(), "READY=1");
}

#[test]
fn an_address_that_is_none_is_told_and_the_server_starts() {
    let mut command = program();
    command.env("NOTIFY_SOCKET", "vsock:2:1234");
    let server = Server::spawn_by(command, tempfile::tempdir().unwrap(), &[]).settled();
    assert!(server.log().contains("`NOTIFY_SOCKET` cannot be used"), "{}", server.log());
}
