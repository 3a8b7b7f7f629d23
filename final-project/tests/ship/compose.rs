//! What is composed: the file, and the services that it names, run here with the very configurations.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use load_tester::tally::Failures;
use rustix::process::{Signal, geteuid};
use serde_json::Value;
use tempfile::TempDir;

use crate::files::{path, said, settings, text, words, yaml};
use crate::house::services::{Postgres, Redis, Service, answers};
use crate::house::{Client, Server, program, skip, under_load, until};

const COMPOSE: &str = "compose/compose.yaml";
const SERVERS: [&str; 2] = ["api-1:8080", "api-2:8080"];

fn service(name: &str) -> Value {
    yaml(COMPOSE)["services"][name].clone()
}

#[test]
fn compose_knows_every_field() {
    let file = path(COMPOSE);
    let arguments = ["--builtin-schema", "vendor.compose-spec", file.to_str().unwrap()];
    let Some((output, said)) = said("check-jsonschema", &arguments) else {
        return skip("check-jsonschema", "pip install check-jsonschema");
    };
    assert!(output.status.success(), "{said}");
}

#[test]
fn every_service_is_contained_and_only_this_machine_gets_in() {
    let compose = yaml(COMPOSE);
    let services = compose["services"].as_object().expect("names and services");
    assert_eq!(services.len(), 7);
    let mut published = Vec::new();
    for (name, service) in services {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(words(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
        assert!(service["mem_limit"].is_string() && service["pids_limit"].is_u64(), "{name}");
        for port in words(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:"), "{name}: {port}");
            published.push(name.as_str());
        }
        for secret in words(&service["secrets"]) {
            assert!(compose["secrets"][secret].is_object(), "{name}: {secret}");
        }
        for mount in words(&service["volumes"]) {
            let (from, _) = mount.split_once(':').expect("from and to");
            let is_there = match from.strip_prefix('.') {
                Some(_) => path("compose").join(from).exists(),
                None => compose["volumes"].get(from).is_some(),
            };
            assert!(is_there, "{name}: {mount}");
        }
    }
    published.sort_unstable();
    assert_eq!(published, ["balancer", "grafana"]);
}

#[test]
fn what_names_the_servers_names_both() {
    let prometheus = yaml("prometheus/prometheus.yml");
    let scraped = &prometheus["scrape_configs"][0];
    assert_eq!(words(&scraped["static_configs"][0]["targets"]), SERVERS);
    let nginx = text("compose/nginx.conf");
    for server in SERVERS {
        assert!(nginx.contains(&format!("server {server} ")), "{server}");
        let (name, _) = server.split_once(':').expect("a name and a port");
        assert_eq!(service(name)["image"], "api-server");
    }
    // Prometheus shows what secrets.sh has made.
    let token = scraped["authorization"]["credentials_file"].as_str().expect("a path");
    assert_eq!(token, "/run/secrets/admin-token");
    assert_eq!(words(&service("prometheus")["secrets"]), ["admin-token"]);
    let dashboards = yaml("grafana/provisioning/dashboards/api-server.yaml");
    let folder = dashboards["providers"][0]["options"]["path"].as_str().expect("a path");
    let mount = service("grafana")["volumes"][0].as_str().expect("a mount").to_owned();
    let (from, rest) = mount.split_once(':').expect("from and to");
    let to = rest.trim_end_matches(":ro");
    let below = folder.strip_prefix(to).expect("what is mounted").trim_start_matches('/');
    assert!(path("compose").join(from).join(below).join("api-server.json").exists(), "{folder}");
}

/// The secrets, made as an operator makes them.
fn secrets(folder: &Path) {
    let status = Command::new("sh").arg(path("compose/secrets.sh")).arg(folder).status();
    assert!(status.expect("a shell").success());
}

#[test]
fn secrets_are_made_once_and_are_those_that_are_mounted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("secrets");
    secrets(&folder);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let settings = read("settings.toml");
    assert!(
        settings.contains(&read("admin-token")) && settings.contains(&read("postgres-password"))
    );
    assert!(settings.contains(read("redis.conf").trim().strip_prefix("requirepass ").unwrap()));
    let compose = yaml(COMPOSE);
    for (name, secret) in compose["secrets"].as_object().expect("names and files") {
        assert_eq!(secret["file"], format!("./secrets/{name}"));
        assert!(read(name).len() >= 48, "{name}");
    }
    secrets(&folder);
    assert_eq!(read("settings.toml"), settings, "they stay");
    let ignored = fs::read_to_string(path("../.gitignore")).unwrap();
    assert!(ignored.lines().any(|line| line == "/deploy/compose/secrets"));
}

#[test]
fn servers_are_given_time_and_believe_the_balancer_only() {
    let server = service("api-1");
    let environment = server["environment"].as_object().expect("names and values").clone();
    let config = environment["API_SERVER_CONFIG"].as_str().expect("a path").to_owned();
    assert_eq!(config, "/run/secrets/settings.toml");
    let variables = environment.iter().filter(|(name, _)| *name != "API_SERVER_CONFIG");
    let variables = variables.map(|(name, value)| (&**name, value.as_str().expect("text")));
    let settings = settings(variables);
    let network = yaml(COMPOSE)["networks"]["front"]["ipam"]["config"][0]["subnet"].clone();
    assert_eq!(environment["API_SERVER_TRUSTED_PROXIES"], network);
    let grace = server["stop_grace_period"].as_str().and_then(|text| text.strip_suffix('s'));
    let grace: u64 = grace.expect("in seconds").parse().expect("a number");
    assert!(grace >= api_server::master::drain_max(&settings).as_secs() + 10);
    // Two servers, and each has its workers twice while they are replaced.
    // And a keeper of jobs.
    assert!(2 * 2 * (settings.database_connections_max.get() + 1) <= 97);
}

/// A file of the deployment with other addresses, in a folder.
fn adapted(name: &str, folder: &Path, changes: &[(&str, &str)]) -> String {
    let mut text = text(name);
    for (from, to) in changes {
        assert!(text.contains(from), "`{from}` is not in {name}");
        text = text.replace(from, to);
    }
    let place = folder.join(Path::new(name).file_name().expect("a file"));
    fs::write(&place, text).unwrap();
    place.to_str().expect("text").to_owned()
}

/// PostgreSQL and Redis, with the users and passwords of the secrets, and where a server finds them.
fn backends(secrets: &Path) -> Option<(Postgres, Redis, String)> {
    let (postgres, redis) = (Postgres::start()?, Redis::start()?);
    let read = |name: &str| fs::read_to_string(secrets.join(name)).unwrap();
    postgres.execute(&format!("CREATE ROLE api LOGIN PASSWORD '{}'", read("postgres-password")));
    postgres.execute("CREATE DATABASE api OWNER api");
    let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let conf = read("redis.conf");
    let password = conf.trim().strip_prefix("requirepass ").expect("a password");
    let set =
        redis::cmd("CONFIG").arg("SET").arg("requirepass").arg(password).exec(&mut connection);
    set.expect("it is set");
    let settings = read("settings.toml")
        .replace("@postgres/", &format!("@{}/", postgres.address()))
        .replace("@redis", &format!("@{}", redis.address()));
    Some((postgres, redis, settings))
}

/// A server as it is composed, but for addresses.
fn server(config: &Path) -> Server {
    let environment = service("api-1")["environment"].clone();
    let variables: BTreeMap<String, String> = serde_json::from_value(environment).unwrap();
    let mut command = program();
    command.envs(variables).env("API_SERVER_TRUSTED_PROXIES", "127.0.0.1");
    let folder = tempfile::tempdir().unwrap();
    Server::spawn_by(command, folder, &["--config", config.to_str().unwrap(), "--workers", "1"])
        .settled()
}

/// nginx with the deployed configuration in front of these.
fn balancer(servers: [SocketAddr; 2]) -> Option<Service> {
    if Command::new("nginx").arg("-v").output().is_err() {
        skip("nginx", "apt install nginx-light");
        return None;
    }
    let command = move |folder: &Path, port: u16| {
        let [first, second] = servers.map(|server| server.to_string());
        let own = format!("{}/", folder.display());
        let listen = format!("listen 127.0.0.1:{port};");
        let changes = [
            (SERVERS[0], &*first),
            (SERVERS[1], &second),
            ("listen 8080;", &listen),
            ("/tmp/", &own),
        ];
        let conf = adapted("compose/nginx.conf", folder, &changes);
        // Its workers would be somebody who may not write where root does.
        let user = if geteuid().is_root() { " user root;" } else { "" };
        let mut command = Command::new("nginx");
        command.args(["-c", &conf, "-g", &format!("daemon off;{user}")]);
        command
    };
    let folder = tempfile::tempdir().unwrap();
    let is_up = |port| answers(port, b"GET /live HTTP/1.1\r\nhost: test\r\n\r\n", b"HTTP/1.1 200");
    Some(Service::start(folder, Signal::TERM, command, is_up))
}

#[test]
fn a_balancer_in_front_of_two_servers_hides_the_end_of_one() {
    let folder = tempfile::tempdir().unwrap();
    secrets(&folder.path().join("secrets"));
    let Some((_postgres, redis, text)) = backends(&folder.path().join("secrets")) else { return };
    let config = folder.path().join("settings.toml");
    fs::write(&config, text).unwrap();
    let servers = [server(&config), server(&config)];
    let addresses = [servers[0].address, servers[1].address];
    let Some(balancer) = balancer(addresses) else { return };
    let client = || Client::connect(balancer.address());
    until("the services behind are found", || client().get("/ready").json()["status"] == "ready");
    let made = client().json("POST", "/users", r#"{"name": "Ada", "email": "ada@example.org"}"#);
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/users/{}", made.json()["id"]);
    for server in &servers {
        assert_eq!(server.get(&path).status, 200, "both have one database");
    }
    assert_eq!(client().get("/metrics").status, 404, "it is not for the outside");
    assert_prometheus_sees(&folder, addresses);

    let [first, second] = servers;
    let (outcome, ()) = under_load(
        balancer.address(),
        |plan| plan.connections = 8,
        || {
            until("both have work", || [&first, &second].iter().all(|server| has_work(server)));
            // All its processes, at once: nobody has said goodbye.
            drop(first);
            for _ in 0..50 {
                assert_eq!(client().get(&path).status, 200);
            }
        },
    );
    assert_eq!(outcome.tally.failures, Failures::default());
    assert!(outcome.tally.latencies.count() > 100, "the load went on");
    drop(redis);
}

fn has_work(server: &Server) -> bool {
    server.workers().into_iter().any(|worker| crate::house::connections::connections(worker) > 0)
}

/// Prometheus with the deployed configuration, the rules, and the token.
fn assert_prometheus_sees(folder: &TempDir, servers: [SocketAddr; 2]) {
    if Command::new("prometheus").arg("--version").output().is_err() {
        return skip("Prometheus", "apt install prometheus");
    }
    let token = folder.path().join("secrets/admin-token");
    let command = move |folder: &Path, port: u16| {
        let [first, second] = servers.map(|server| server.to_string());
        let changes = [
            (SERVERS[0], &*first),
            (SERVERS[1], &second),
            ("/run/secrets/admin-token", token.to_str().expect("text")),
            ("scrape_interval: 5s", "scrape_interval: 1s"),
        ];
        let conf = adapted("prometheus/prometheus.yml", folder, &changes);
        adapted("prometheus/alerts.yml", folder, &[]);
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={conf}"))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"));
        command.arg("--storage.tsdb.path").arg(folder.join("data"));
        command
    };
    let is_up =
        |port| answers(port, b"GET /-/ready HTTP/1.1\r\nhost: test\r\n\r\n", b"HTTP/1.1 200");
    let prometheus = Service::start(tempfile::tempdir().unwrap(), Signal::KILL, command, is_up);
    let url = format!("http://{}", prometheus.address());
    until("it has asked both", || {
        let up = ["query", "instant", &url, r#"up{job="api-server"} == 1"#];
        said("promtool", &up).is_some_and(|(_, said)| addresses_in(&said, servers))
    });
}

fn addresses_in(said: &str, servers: [SocketAddr; 2]) -> bool {
    servers.iter().all(|server| said.contains(&server.to_string()))
}

#[test]
fn prometheus_takes_its_configuration_with_the_rules() {
    let folder = tempfile::tempdir().unwrap();
    secrets(&folder.path().join("secrets"));
    let token = folder.path().join("secrets/admin-token");
    let changes = [("/run/secrets/admin-token", token.to_str().expect("text"))];
    let conf = adapted("prometheus/prometheus.yml", folder.path(), &changes);
    adapted("prometheus/alerts.yml", folder.path(), &[]);
    let Some((output, said)) = said("promtool", &["check", "config", &conf]) else {
        return skip("promtool", "apt install prometheus");
    };
    let rules = format!("{} rules found", api_server::observe::goals::GOALS.len() + 1);
    assert!(output.status.success() && said.contains(&rules), "{said}");
}
