//! The command line, the environment, the file; and what the machine refuses.

use std::fs;
use std::process::{Command, Output};

use crate::house::{Server, program};

fn output(arguments: &[&str]) -> Output {
    // Where it may leave what it has begun with.
    let folder = tempfile::tempdir().unwrap();
    program().current_dir(&folder).args(arguments).output().expect("the program is built")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn the_program_says_which_one_it_is() {
    let version = said(&output(&["--version"]));
    let package =
        if cfg!(feature = "solution") { "solution-final-project" } else { "final-project" };
    assert!(version.contains(&format!("({package})")), "{version}");
}

#[test]
fn help_lists_every_setting_signal_and_status() {
    let help = output(&["--help"]);
    assert!(help.status.success());
    let help = said(&help);
    for word in [
        "--listen",
        "--workers",
        "--drain-timeout",
        "API_SERVER_LISTEN",
        "SIGHUP",
        "Exit status",
        "failed again and again",
    ] {
        assert!(help.contains(word), "`{word}` is not in\n{help}");
    }
}

#[test]
fn a_wrong_setting_is_told_with_its_source_and_what_is_allowed() {
    let wrong = output(&["--workers", "0"]);
    assert_eq!(wrong.status.code(), Some(2));
    for word in ["`workers`", "`0`", "--workers", "a whole number from 1 to 64"] {
        assert!(said(&wrong).contains(word), "`{word}` is not in {}", said(&wrong));
    }
    let wrong = program().env("API_SERVER_IDLE_TIMEOUT", "soon").output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        said(&wrong).contains("API_SERVER_IDLE_TIMEOUT") && said(&wrong).contains("`30s`"),
        "{}",
        said(&wrong)
    );
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    for (text, word) in
        [("wrokers = 2", "`wrokers`"), ("workers = [", "no TOML"), ("cache_ttl = 5", "`5`")]
    {
        fs::write(&config, text).unwrap();
        let wrong = output(&["--config", config.to_str().unwrap()]);
        assert_eq!(wrong.status.code(), Some(2), "`{text}`");
        assert!(
            said(&wrong).contains(word) && said(&wrong).contains("settings.toml"),
            "{}",
            said(&wrong)
        );
    }
    assert_eq!(output(&["--no-such-thing"]).status.code(), Some(2));
}

#[test]
fn the_command_line_counts_before_the_environment_and_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    // Each source is wrong in its own way, and the first that counts is the one that is told.
    fs::write(&config, "workers = 111").unwrap();
    let all = |command: &mut Command| said(&command.arg("--config").arg(&config).output().unwrap());
    assert!(all(&mut program()).contains("`111`"));
    assert!(all(program().env("API_SERVER_WORKERS", "222")).contains("`222`"));
    assert!(
        all(program().env("API_SERVER_WORKERS", "222").args(["--workers", "333"]))
            .contains("`333`")
    );
}

#[test]
fn what_the_machine_refuses_is_told() {
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("api.db");
    let address = server.address.to_string();
    let taken = output(&["--listen", &address, "--database", database.to_str().unwrap()]);
    assert_eq!(taken.status.code(), Some(4));
    assert!(said(&taken).contains(&format!("cannot listen on `{address}`")), "{}", said(&taken));
    fs::write(&database, "this is no database, and long enough to be looked at: ".repeat(100))
        .unwrap();
    let start = ["--listen", "127.0.0.1:0", "--database", database.to_str().unwrap()];
    let told = |options: &[&str], words: &str| {
        let output = output(&[&start[..], options].concat());
        assert_eq!(output.status.code(), Some(4), "{}", said(&output));
        assert!(said(&output).contains(words), "`{words}` is not in {}", said(&output));
    };
    told(&[], "cannot open the database");
    fs::remove_file(&database).unwrap();
    told(&["--log", "/nowhere/log"], "cannot write the log `/nowhere/log` (setting `log`)");
    told(&["--files", "/nowhere"], "cannot serve the directory `/nowhere` (setting `files`)");
    let memory = output(&["--listen", "127.0.0.1:0", "--database", ":memory:"]);
    assert!(said(&memory).contains("WAL"), "{}", said(&memory));
}

#[test]
fn a_variable_that_is_none_and_a_path_that_breaks_lines_are_told() {
    let unknown = program().env("API_SERVER_WROKERS", "3").output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("`API_SERVER_WROKERS`"), "{}", said(&unknown));
    let broken = output(&["--database", "a\nworkers=64"]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(said(&broken).contains("`database`"), "{}", said(&broken));
}

#[test]
fn settings_that_do_not_go_together_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().to_str().unwrap();
    for (options, words) in [
        (&["--tls-listen", "127.0.0.1:0"][..], "`tls_certificate`"),
        (&["--tls-certificate", "/nowhere", "--tls-key", "/nowhere"], "`tls_listen`"),
        (&["--rate-scope", "redis"], "`redis_url`"),
        (&["--rate-limit", "1/h", "--rate-burst", "1000000"], "`rate_burst`"),
        (&["--memory", "1m", "--body-bytes", "1m"], "`body_bytes`"),
        (&["--otlp-url", "http://127.0.0.1:1/v1/traces"], "feature `otel`"),
        (&["--access-log", "/proc/nowhere"], "`access_log`"),
        (
            &["--database-connections-min", "20", "--database-connections-max", "10"],
            "`database_connections_min`",
        ),
        (
            &[
                "--tls-listen",
                "127.0.0.1:0",
                "--tls-certificate",
                "/nowhere",
                "--tls-key",
                "/nowhere",
            ],
            "`tls_certificate`",
        ),
    ] {
        let output = output(&[&["--listen", "127.0.0.1:0", "--events", events], options].concat());
        assert!(
            [Some(2), Some(4)].contains(&output.status.code()),
            "{options:?}: {}",
            said(&output)
        );
        assert!(said(&output).contains(words), "{options:?}: {}", said(&output));
    }
}

#[test]
fn addresses_of_services_come_from_the_variables_that_platforms_set_and_keep_their_passwords() {
    for (variable, wrong) in [
        ("DATABASE_URL", "mysql://me:hush@127.0.0.1/users"),
        ("DATABASE_URL", "host=db password=hush"),
        ("DATABASE_URL", "postgres:/me:hush@db"),
        ("DATABASE_URL", "postgres://me:hush@127.0.0.1/users?sslmode=require"),
        ("REDIS_URL", "rediss://me:hush@127.0.0.1"),
        ("QUEUE_URL", "amqp://me:hush@127.0.0.1"),
    ] {
        let output = program().env(variable, wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{variable}={wrong}: {}", said(&output));
        let said = said(&output);
        assert!(said.contains(variable) && said.contains("not shown"), "{said}");
        assert!(!said.contains("hush"), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    fs::write(&config, "workers = 2\ndatabase_url = \"postgres://me:hush@db\n").unwrap();
    let wrong = said(&output(&["--config", config.to_str().unwrap()]));
    assert!(wrong.contains("line 2") && !wrong.contains("hush"), "{wrong}");
    let wrong = said(&output(&["--listen", "127.0.0.1:0", "--events", "/proc/nowhere"]));
    assert!(wrong.contains("`/proc/nowhere`") && wrong.contains("`events`"), "{wrong}");
    let wrong = said(&output(&["--trusted-proxies", "10.0.0.0/33"]));
    assert!(wrong.contains("`10.0.0.0/33`") && wrong.contains("`none`"), "{wrong}");
    let wrong = said(&output(&["--rate-limit", "fast"]));
    assert!(wrong.contains("`fast`") && wrong.contains("`100/s`"), "{wrong}");
}
