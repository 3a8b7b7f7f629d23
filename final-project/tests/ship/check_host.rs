//! Whether the machine is set up, as the program says it of machines that are made up.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use api_server::check_host::read::DESCRIPTORS;
use api_server::check_host::report;
use api_server::check_host::table::TABLE;
use api_server::settings::Settings;
use api_server::worker;
use tempfile::TempDir;

use crate::house::program;

/// As it is deployed.
const SYSCTL: &str = include_str!("../../../deploy/sysctl.d/60-api-server.conf");

const LIMITS: &str = "\
Limit                     Soft Limit           Hard Limit           Units
Max processes             7823                 7823                 processes
Max open files            1024                 65536                files
";

/// The files of a machine on which all is as wanted.
fn good() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n"),
        ("proc/sys/net/core/somaxconn", "65535\n"),
        ("proc/sys/net/ipv4/tcp_max_syn_backlog", "4096\n"),
        ("proc/sys/net/ipv4/tcp_syncookies", "1\n"),
        ("proc/sys/net/ipv4/tcp_fin_timeout", "30\n"),
        ("proc/sys/net/ipv4/tcp_slow_start_after_idle", "0\n"),
        ("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n"),
        ("proc/sys/net/netfilter/nf_conntrack_max", "262144\n"),
        ("proc/sys/fs/nr_open", "1048576\n"),
        ("proc/sys/vm/overcommit_memory", "0\n"),
        ("proc/self/limits", LIMITS),
        ("proc/self/cgroup", "0::/system.slice/api-server.service\n"),
        ("proc/meminfo", "MemTotal:        8036852 kB\nMemFree:          123456 kB\n"),
        ("sys/fs/cgroup/system.slice/memory.max", "max\n"),
        ("sys/fs/cgroup/system.slice/api-server.service/memory.max", "4294967296\n"),
        ("sys/fs/cgroup/system.slice/api-server.service/cpu.max", "200000 100000\n"),
        (
            "sys/fs/cgroup/system.slice/api-server.service/cpu.stat",
            "usage_usec 5\nnr_periods 1000\nnr_throttled 3\n",
        ),
        ("sys/devices/system/clocksource/clocksource0/current_clocksource", "kvm-clock\n"),
        ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"),
        ("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "performance\n"),
        ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
    ])
}

fn made_up(files: &BTreeMap<&str, &str>) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// The good machine, but for some files: `None` takes one away.
fn but(changes: &[(&'static str, Option<&'static str>)]) -> (String, u8) {
    let mut files = good();
    for &(path, text) in changes {
        match text {
            Some(text) => assert_ne!(files.insert(path, text), Some(text), "{path}"),
            None => assert!(files.remove(path).is_some(), "{path}"),
        }
    }
    report(made_up(&files).path())
}

/// What the report says of one of them: its word, and the rest of the line.
fn said<'a>(text: &'a str, name: &str) -> (&'a str, &'a str) {
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    let mut lines = lines.map(|(word, rest)| (word, rest.trim_start()));
    let line =
        lines.find(|(_, rest)| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')));
    line.unwrap_or_else(|| panic!("`{name}` is not in\n{text}"))
}

#[test]
fn a_machine_that_is_set_up_is_told_so() {
    let (text, status) = but(&[]);
    assert_eq!(status, 0, "{text}");
    for check in TABLE {
        let word = said(&text, check.name).0;
        let not_judged = check.name == "vm.overcommit_memory";
        assert_eq!(word, if not_judged { "note" } else { "ok" }, "{text}");
        assert!(text.contains(check.why), "{text}");
    }
}

#[test]
fn each_thing_that_is_wrong_is_told_and_counts() {
    const GROUP: &str = "sys/fs/cgroup/system.slice/api-server.service";
    let quota = format!("{GROUP}/cpu.stat").leak();
    for (path, text, name, shown) in [
        ("proc/sys/kernel/osrelease", "5.5.19\n", "kernel", "5.5.19"),
        ("proc/sys/net/core/somaxconn", "4096\n", "net.core.somaxconn", "4096"),
        ("proc/sys/net/core/somaxconn", "128\n", "listen backlog", "128"),
        ("proc/sys/net/ipv4/tcp_max_syn_backlog", "512\n", "net.ipv4.tcp_max_syn_backlog", "512"),
        ("proc/sys/net/ipv4/tcp_syncookies", "0\n", "net.ipv4.tcp_syncookies", "0"),
        ("proc/sys/net/ipv4/tcp_fin_timeout", "60\n", "net.ipv4.tcp_fin_timeout", "60"),
        (
            "proc/sys/net/ipv4/tcp_slow_start_after_idle",
            "1\n",
            "net.ipv4.tcp_slow_start_after_idle",
            "1",
        ),
        (
            "proc/sys/net/ipv4/ip_local_port_range",
            "60000 60999\n",
            "net.ipv4.ip_local_port_range",
            "1000, from 60000",
        ),
        (
            "proc/sys/net/netfilter/nf_conntrack_max",
            "65536\n",
            "net.netfilter.nf_conntrack_max",
            "65536",
        ),
        ("proc/sys/fs/nr_open", "4096\n", "fs.nr_open", "4096"),
        (
            "proc/self/limits",
            "Max open files            1024                 4096                 files\n",
            "open files",
            "4096",
        ),
        (quota, "nr_periods 1000\nnr_throttled 11\n", "CPU quota", "used up in 11 of 1000"),
        ("sys/fs/cgroup/system.slice/memory.max", "268435456\n", "memory", "256 MiB"),
        ("proc/meminfo", "MemTotal:         262144 kB\n", "memory", "256 MiB"),
        (
            "sys/devices/system/clocksource/clocksource0/current_clocksource",
            "hpet\n",
            "clock source",
            "hpet",
        ),
        (
            "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor",
            "powersave\n",
            "CPU governor",
            "performance, powersave",
        ),
        (
            "sys/kernel/mm/transparent_hugepage/enabled",
            "[always] madvise never\n",
            "transparent huge pages",
            "always",
        ),
    ] {
        let (report, status) = but(&[(path, Some(text))]);
        let (word, rest) = said(&report, name);
        assert_eq!((word, status), ("WRONG", 1), "{name}\n{report}");
        assert!(rest.contains(shown), "`{shown}` is not in {rest}");
    }
}

#[test]
fn what_cannot_be_read_is_unknown_and_never_in_order() {
    // No Linux is without these; where they are missing, something hides them.
    for (path, name) in [
        ("proc/sys/net/core/somaxconn", "net.core.somaxconn"),
        ("proc/sys/net/core/somaxconn", "listen backlog"),
        ("proc/sys/net/ipv4/ip_local_port_range", "net.ipv4.ip_local_port_range"),
        ("proc/self/limits", "open files"),
        ("proc/self/cgroup", "CPU quota"),
        ("proc/meminfo", "memory"),
        ("sys/fs/cgroup/system.slice/api-server.service/cpu.stat", "CPU quota"),
        ("sys/devices/system/clocksource/clocksource0/current_clocksource", "clock source"),
    ] {
        let (report, status) = but(&[(path, None)]);
        assert_eq!((said(&report, name).0, status), ("unknown", 1), "{name}\n{report}");
    }
    for (path, text, name) in [
        ("proc/sys/net/core/somaxconn", "many\n", "net.core.somaxconn"),
        ("proc/sys/kernel/osrelease", "mainline\n", "kernel"),
        ("proc/sys/net/ipv4/ip_local_port_range", "32768\n", "net.ipv4.ip_local_port_range"),
        ("proc/self/limits", "Max processes 1 2 processes\n", "open files"),
        ("sys/kernel/mm/transparent_hugepage/enabled", "always\n", "transparent huge pages"),
        ("proc/self/cgroup", "4:memory:/here\n2:cpu,cpuacct:/here\n0::/\n", "memory"),
        ("proc/meminfo", "MemTotal: much\n", "memory"),
    ] {
        let (report, status) = but(&[(path, Some(text))]);
        assert_eq!((said(&report, name).0, status), ("unknown", 1), "{name}\n{report}");
    }
    let (report, status) = report(Path::new("/nowhere"));
    assert_eq!(status, 1);
    assert!(!report.lines().any(|line| line.starts_with("ok")), "{report}");
}

#[test]
fn what_a_machine_need_not_have_may_be_absent() {
    let (report, status) = but(&[
        ("proc/sys/net/netfilter/nf_conntrack_max", None),
        ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", Some("performance")),
        ("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", None),
        ("sys/kernel/mm/transparent_hugepage/enabled", None),
        ("sys/fs/cgroup/system.slice/api-server.service/cpu.max", Some("max 100000\n")),
    ]);
    assert_eq!(status, 0, "{report}");
    for name in ["net.netfilter.nf_conntrack_max", "transparent huge pages", "CPU quota"] {
        assert_eq!(said(&report, name).0, "absent", "{report}");
    }
}

#[test]
fn the_file_for_sysctl_is_made_of_the_table() {
    let output = program().args(["check-host", "--sysctl"]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let made = String::from_utf8(output.stdout).unwrap();
    assert!(
        made == SYSCTL,
        "run `api-server check-host --sysctl > deploy/sysctl.d/60-api-server.conf`"
    );
    // A machine that is set up by it has nothing to say of what it sets.
    let lines = SYSCTL.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut files = good();
    for (name, value) in lines.map(|line| line.split_once(" = ").unwrap()) {
        let name = name.trim_start_matches('-');
        let path = format!("proc/sys/{}", name.replace('.', "/")).leak();
        assert!(files.insert(path, value).is_some(), "`{name}` is looked at");
    }
    let (report, status) = report(made_up(&files).path());
    assert_eq!(status, 0, "{report}");
}

#[test]
fn the_program_shows_this_machine_and_ends_with_what_it_found() {
    let output = program().arg("check-host").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let is_fine =
        !text.lines().any(|line| line.starts_with("WRONG") || line.starts_with("unknown"));
    assert_eq!(output.status.code(), Some(if is_fine { 0 } else { 1 }), "{text}");
    let somaxconn = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    assert!(said(&text, "net.core.somaxconn").1.contains(somaxconn.trim()), "{text}");
    let root = made_up(&good());
    let output = program().args(["check-host", "--root"]).arg(root.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let help = program().args(["check-host", "--help"]).output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("Exit status"));
    assert_eq!(program().args(["check-host", "--rot"]).output().unwrap().status.code(), Some(2));
    let help = String::from_utf8(program().arg("--help").output().unwrap().stdout).unwrap();
    for word in
        ["api-server alerts", "api-server dashboard", "api-server check-host", "api-server probe"]
    {
        assert!(help.contains(word), "`{word}` is not in\n{help}");
    }
}

#[test]
fn what_is_wanted_of_open_files_is_what_a_worker_wants() {
    assert_eq!(DESCRIPTORS, worker::descriptors(&Settings::default()) as u64);
}
