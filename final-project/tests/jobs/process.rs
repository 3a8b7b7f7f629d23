//! The process of a job, as the kernel sees it.

use std::fs;

use crate::house::exposition::Exposition;
use crate::house::processes::{children, exists};
use crate::house::{Server, until};
use crate::{end, fault, options, submit, until_it_is};

#[test]
fn what_it_takes_counts_with_its_keeper() {
    let server = Server::start(&options(&[]));
    let keeper = [("process", "keeper")];
    let seen = |name: &str| Exposition::of(&server).sum(name, &keeper);
    until("the keeper is seen", || seen("api_server_process_resident_memory_bytes") > 0.0);
    let before = seen("api_server_process_resident_memory_bytes");
    let place = submit(&server, &fault("spin"));
    // While it runs.
    until("its time is seen", || seen("api_server_cpu_seconds_total") > 0.5);
    assert!(seen("api_server_process_resident_memory_bytes") > before + 1e6);
    let running = [("state", "running")];
    assert_eq!(Exposition::of(&server).sum("api_server_jobs", &running), 1.0);
    assert_eq!(server.client().ask("DELETE", &place, &[], b"").status, 202);
    end(&server, &place);
    // And behind it.
    assert!(seen("api_server_cpu_seconds_total") > 0.5);
    until("nothing runs", || Exposition::of(&server).sum("api_server_jobs", &running) == 0.0);
}

#[test]
fn it_has_its_job_and_nothing_else() {
    let server = Server::start(&options(&["--admin-token", "correct-horse-battery"]));
    let place = submit(&server, &fault("sleep"));
    until_it_is(&server, &place, &["running"]);
    let runners: Vec<_> = server.workers().into_iter().flat_map(children).collect();
    let [runner] = runners[..] else { panic!("{runners:?}") };
    let read = |file: &str| fs::read_to_string(format!("/proc/{runner}/{file}")).unwrap();
    assert_eq!(read("environ"), "", "no settings, and so no secrets");
    let open = fs::read_dir(format!("/proc/{runner}/fd")).unwrap().count();
    assert_eq!(open, 4, "its socket, which it has twice, and where it says something");
    let status = read("status");
    assert!(status.contains("Seccomp:\t2"), "{status}");
    let stat = read("stat");
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    assert_eq!(fields.split(' ').nth(16), Some("10"), "it is nice");
    let limits = read("limits");
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(limit("Max address space"), (256 << 20).to_string());
    assert_eq!((limit("Max cpu time"), limit("Max core file size")), ("60".into(), "0".into()));
    drop(server);
    until("it goes with the server", || !exists(runner));
}
