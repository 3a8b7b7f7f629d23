//! One limit for each client: over all workers, over two servers, behind proxies. The clock stands still until a test
//! moves it, so that what is admitted is a number and not a matter of time.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::house::services::Redis;
use crate::house::{Answer, Server, until};

/// A clock that the servers go by.
struct Clock {
    file: fs::File,
    path: PathBuf,
    now: Duration,
    _folder: TempDir,
}

impl Clock {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("clock");
        let file = fs::File::create(&path).expect("a file");
        let mut clock = Self { file, path, now: Duration::ZERO, _folder: folder };
        clock.pass(Duration::from_secs(1_000_000));
        clock
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        let nanoseconds = u64::try_from(self.now.as_nanos()).expect("not so long");
        self.file.write_all_at(&nanoseconds.to_ne_bytes(), 0).expect("a file");
    }

    fn server(&self, options: &[&str]) -> Server {
        self.server_in(tempfile::tempdir().expect("a folder"), options)
    }

    fn server_in(&self, folder: TempDir, options: &[&str]) -> Server {
        let clock = ["--rate-clock", self.path.to_str().expect("text")];
        Server::start_in(folder, &[&clock, options].concat())
    }
}

/// Asks so often, over many connections to these servers, and counts the answers by worker and status.
fn ask(servers: &[&Server], times: usize) -> BTreeMap<(usize, u64, u16), usize> {
    const CLIENTS: usize = 8;
    let answers: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn(move || {
                    let which = number % servers.len();
                    let mut client = servers[which].client();
                    let mut answers = Vec::new();
                    for turn in 0..times / CLIENTS {
                        // Now and then a new connection, which another worker may get.
                        if turn % 5 == 4 {
                            client = servers[which].client();
                        }
                        let answer = client.get("/live");
                        let worker = answer.json()["worker"].as_u64().unwrap_or(0);
                        answers.push((which, worker, answer.status));
                    }
                    answers
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().expect("answers")).collect()
    });
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer).or_insert(0) += 1;
    }
    counts
}

fn admitted(counts: &BTreeMap<(usize, u64, u16), usize>) -> usize {
    counts.iter().filter(|((.., status), _)| *status == 200).map(|(_, count)| count).sum()
}

/// `Server::start` asks once itself, to know that it is there.
const STARTED: usize = 1;

#[test]
fn a_thousand_requests_over_all_workers_are_admitted_as_by_one_bucket() {
    let mut clock = Clock::new();
    let server = clock.server(&["--workers", "3", "--rate-limit", "10/s", "--rate-burst", "100"]);
    let counts = ask(&[&server], 1000);
    assert_eq!(admitted(&counts), 100 - STARTED);
    let workers = counts.iter().filter(|((.., status), _)| *status == 200).count();
    assert!(workers > 1, "several workers have admitted: {counts:?}");
    assert!(counts.keys().all(|(.., status)| [200, 429].contains(status)), "{counts:?}");
    clock.pass(Duration::from_secs(5));
    assert_eq!(admitted(&ask(&[&server], 400)), 50);
    clock.pass(Duration::from_secs(3600));
    assert_eq!(admitted(&ask(&[&server], 400)), 100, "no more than the burst, however long it was");
}

#[test]
fn two_servers_have_one_limit_in_redis() {
    let Some(redis) = Redis::start() else { return };
    let mut clock = Clock::new();
    let url = redis.url();
    let options = [
        ["--redis-url", url.as_str()],
        ["--rate-scope", "redis"],
        ["--rate-limit", "10/s"],
        ["--rate-burst", "100"],
        ["--redis-timeout", "5s"],
    ]
    .concat();
    let servers = [clock.server(&options), clock.server(&options)];
    let counts = ask(&[&servers[0], &servers[1]], 1000);
    assert_eq!(admitted(&counts), 100 - 2 * STARTED);
    for which in 0..2 {
        let some = counts.keys().any(|(server, _, status)| *server == which && *status == 200);
        assert!(some, "both have admitted: {counts:?}");
    }
    clock.pass(Duration::from_secs(5));
    assert_eq!(admitted(&ask(&[&servers[0], &servers[1]], 400)), 50);
}

#[test]
fn two_servers_have_one_limit_by_the_clock_of_redis_too() {
    let Some(redis) = Redis::start() else { return };
    let url = redis.url();
    let options = [
        ["--redis-url", url.as_str()],
        ["--rate-scope", "redis"],
        ["--rate-limit", "1/h"],
        ["--rate-burst", "50"],
        ["--redis-timeout", "5s"],
        // So that what the test asks beside it does not count.
        ["--trusted-proxies", "127.0.0.0/8"],
    ]
    .concat();
    let servers = [Server::start(&options), Server::start(&options)];
    let mut clients: Vec<_> = servers.iter().map(Server::client).collect();
    let mut ask = |which: usize, who: &str| {
        let field = format!("x-forwarded-for: {who}");
        clients[which].ask("GET", "/plaintext", &[&field], b"").status
    };
    let statuses: Vec<u16> = (0..80).map(|turn| ask(turn % 2, "192.0.2.7")).collect();
    assert_eq!(statuses, [[200; 50].as_slice(), &[429; 30]].concat());
    // It is kept for as long as it says something.
    thread::sleep(Duration::from_secs(1));
    assert_eq!([ask(0, "192.0.2.7"), ask(1, "192.0.2.7"), ask(0, "192.0.2.8")], [429, 429, 200]);
}

#[test]
fn without_redis_each_server_counts_for_itself() {
    let Some(mut redis) = Redis::start() else { return };
    let clock = Clock::new();
    let url = redis.url();
    let options = [
        "--redis-url",
        &url,
        "--rate-scope",
        "redis",
        "--rate-limit",
        "10/s",
        "--rate-burst",
        "50",
    ];
    let servers = [clock.server(&options), clock.server(&options)];
    redis.service().kill();
    for server in &servers {
        assert_eq!(admitted(&ask(&[server], 400)), 50);
    }
}

#[test]
fn a_refusal_says_when_to_come_again_and_then_one_is_admitted() {
    let mut clock = Clock::new();
    let server = clock.server(&["--workers", "1", "--rate-limit", "30/m", "--rate-burst", "20"]);
    let mut client = server.client();
    let answers: Vec<Answer> = (STARTED..20).map(|_| client.get("/plaintext")).collect();
    for (asked, answer) in (STARTED + 1..).zip(&answers) {
        let remaining = 20 - asked;
        let told = answer.header("ratelimit");
        if remaining > 2 {
            assert_eq!(told, None, "who is far from the limit need not know");
        } else {
            let reset = 2 * asked;
            assert_eq!(told, Some(format!("\"client\";r={remaining};t={reset}").as_str()));
        }
    }
    let refused = client.get("/plaintext");
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("2")));
    assert_eq!(refused.header("ratelimit"), Some("\"client\";r=0;t=2"));
    assert_eq!(refused.header("ratelimit-policy"), Some("\"client\";q=20;w=40"));
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    clock.pass(Duration::from_millis(1999));
    assert_eq!(client.get("/plaintext").header("retry-after"), Some("1"));
    clock.pass(Duration::from_millis(1));
    assert_eq!(client.get("/plaintext").status, 200, "the connection goes on");
    assert_eq!(client.get("/plaintext").status, 429);
}

#[test]
fn a_limit_that_is_changed_begins_anew() {
    let clock = Clock::new();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    let limit = |limit: &str| {
        fs::write(&config, format!("workers = 1\nrate_limit = \"{limit}\"\nrate_burst = 20\n"))
            .unwrap();
    };
    limit("1/h");
    let server = clock.server_in(folder, &["--config", config.to_str().unwrap()]);
    let mut client = server.client();
    let refused = (0..30).map(|_| client.get("/plaintext")).find(|answer| answer.status == 429);
    let wait = refused.as_ref().and_then(|answer| answer.header("retry-after")).map(str::parse);
    assert!(wait.is_some_and(|wait: Result<u64, _>| wait.unwrap() > 3000), "{refused:?}");
    let before = server.workers();
    limit("1000/s");
    server.signal(Signal::HUP);
    until("there is another worker", || {
        server.workers().iter().all(|worker| !before.contains(worker))
    });
    assert_eq!(server.get("/plaintext").status, 200);
}

#[test]
fn who_floods_the_server_does_not_flood_its_log() {
    let clock = Clock::new();
    let server = clock.server(&["--rate-limit", "1/h", "--rate-burst", "1"]);
    let begin = Instant::now();
    let counts = ask(&[&server], 2000);
    assert_eq!(admitted(&counts), 0);
    let told = server.log().matches("too many requests").count();
    // A line a second, of each of two workers.
    let most = 2 * (begin.elapsed().as_secs() as usize + 2);
    assert!((1..=most).contains(&told), "{told} lines");
    assert!(server.log().contains("`127.0.0.1`"), "and says who");
}

#[test]
fn a_forged_address_buys_no_new_bucket() {
    let clock = Clock::new();
    let options = ["--workers", "1", "--rate-limit", "1/h", "--rate-burst", "5"];
    let server = clock.server(&options);
    let mut client = server.client();
    let statuses: Vec<u16> = (0..8)
        .map(|number| {
            let field = format!("x-forwarded-for: 203.0.113.{number}");
            client.ask("GET", "/plaintext", &[&field, "forwarded: for=203.0.113.9"], b"").status
        })
        .collect();
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429, 429, 429], "all are one client");
}

#[test]
fn behind_trusted_proxies_the_first_address_that_is_none_of_theirs_is_the_client() {
    let clock = Clock::new();
    let options = ["--workers", "1", "--rate-limit", "1/h", "--rate-burst", "2"];
    let trusted = ["--trusted-proxies", "127.0.0.0/8,10.0.0.0/8,2001:db8:1::/48"];
    let server = clock.server(&[&options[..], &trusted].concat());
    let mut client = server.client();
    let statuses = |fields: &[&str]| -> Vec<u16> {
        let mut client = server.client();
        (0..3).map(|_| client.ask("GET", "/plaintext", fields, b"").status).collect()
    };
    let (new, spent) = ([200, 200, 429], [429, 429, 429]);
    assert_eq!(statuses(&["x-forwarded-for: 203.0.113.1"]), new);
    assert_eq!(statuses(&["x-forwarded-for: 203.0.113.2"]), new, "another client");
    // What stands to the left, the client has written itself.
    assert_eq!(statuses(&["x-forwarded-for: 198.51.100.7, 203.0.113.1"]), spent);
    assert_eq!(statuses(&["x-forwarded-for: 198.51.100.8, 203.0.113.1, 10.1.2.3"]), spent);
    assert_eq!(
        statuses(&["x-forwarded-for: 198.51.100.9", "x-forwarded-for: 203.0.113.1:4711"]),
        spent
    );
    assert_eq!(statuses(&["x-forwarded-for: 203.0.113.3, 2001:db8:1::5"]), new);
    // A network of IPv6 is one client.
    assert_eq!(statuses(&["x-forwarded-for: 2001:db8:2:3::1"]), new);
    assert_eq!(statuses(&["x-forwarded-for: 2001:db8:2:3:4:5:6:7"]), spent);
    assert_eq!(statuses(&["x-forwarded-for: 2001:db8:2:100::1"]), new);
    // What is no address says nothing: the proxy itself counts, which has asked once.
    assert_eq!(statuses(&["x-forwarded-for: unknown"]), [200, 429, 429]);
    assert_eq!(statuses(&["x-forwarded-for: 198.51.100.1, unknown"]), spent);
    assert_eq!(statuses(&[]), spent);
    // Bytes that are no text stand for themselves, and hide nothing of what proxies have added.
    let mut hidden = |value: &[u8]| {
        let head = b"GET /plaintext HTTP/1.1\r\nhost: a\r\nx-forwarded-for: ";
        client.send(&[&head[..], value, b"\r\n\r\n"].concat());
        client.answer(false).expect("an answer").status
    };
    assert_eq!(hidden(b"\xff, 203.0.113.1"), 429);
    assert_eq!(hidden(b"198.51.100.20\r\nx-forwarded-for: \xff, 203.0.113.1"), 429);
}
