//! PostgreSQL, Redis and the queue: stopped, slow, silent, cut off in the middle of an answer, or answering rubbish. The
//! rest is answered, in time; `/ready` says what is missing; and when it is back, so is everything, within seconds.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::house::proxy::{Proxy, Way};
use crate::house::services::{Postgres, Redis};
use crate::house::{Answer, Server, until};

/// How soon everything is well again. The breakers below leave a service alone for half a second, a connection that was
/// lost is tried again every second at most.
const RECOVERY_MAX: Duration = Duration::from_secs(10);

/// All the ways to fail. Slower than any time limit below is slow.
const WAYS: [Way; 7] = [
    Way::Closed,
    Way::Silent,
    Way::Deaf,
    Way::Slow(Duration::from_secs(2)),
    Way::Cut(0),
    Way::Cut(3),
    Way::Rubbish,
];

/// A server, and a way to each service that can be blocked.
struct Scene {
    server: Server,
    /// How many users have got a number for a name.
    named: AtomicUsize,
    postgres: Proxy,
    redis: Proxy,
    queue: Proxy,
    /// Last: they outlive who uses them.
    services: (Postgres, Redis),
}

impl Scene {
    /// Where the database fails, it is given up soon.
    fn start_hasty() -> Option<Self> {
        Self::start_with(&["--database-timeout", "500ms"])
    }

    /// Where it does not fail, a busy machine may take its time.
    fn start_patient(options: &[&str]) -> Option<Self> {
        Self::start_with(&[options, &["--database-timeout", "2s"]].concat())
    }

    fn start_with(options: &[&str]) -> Option<Self> {
        let services = (Postgres::start()?, Redis::start()?);
        let [postgres, redis, queue] = Proxy::to_all(&services.0, &services.1);
        let (database, l2, stream) = (
            Postgres::url_at(postgres.address()),
            Redis::url_at(redis.address()),
            Redis::url_at(queue.address()),
        );
        let all = [
            "--database-url",
            database.as_str(),
            "--redis-url",
            &l2,
            "--redis-timeout",
            "100ms",
            "--redis-ttl",
            "1s",
            "--cache-ttl",
            "1h",
            "--queue-url",
            &stream,
            "--queue-timeout",
            "200ms",
            "--breaker-open",
            "500ms",
            "--request-timeout",
            "10s",
        ];
        let server = Server::start(&[&all[..], options].concat());
        let named = AtomicUsize::new(0);
        let scene = Self { server, named, postgres, redis, queue, services };
        until("all is well", || scene.status() == "ready");
        // At first nobody trusts what a server before may have left there.
        until("Redis is used", || scene.is_in_redis(&scene.known_to_one("first")));
        Some(scene)
    }

    /// A new user that one worker has read.
    fn known_to_one(&self, name: &str) -> String {
        let place = self.fresh(&format!("{name}.{}", self.named.fetch_add(1, Relaxed)));
        assert_eq!(self.server.client_of(1).get(&place).status, 200);
        place
    }

    /// Whether Redis has a user, or soon will.
    fn is_in_redis(&self, place: &str) -> bool {
        let id = place.rsplit('/').next().expect("an id");
        let client = redis::Client::open(self.services.1.url()).expect("an address");
        let mut connection = client.get_connection().expect("Redis is there");
        (0..20).any(|_| {
            let pattern = format!("api-server:*:user:{{{id}}}");
            let keys: Vec<String> =
                redis::cmd("KEYS").arg(pattern).query(&mut connection).expect("an answer");
            std::thread::sleep(Duration::from_millis(5));
            !keys.is_empty()
        })
    }

    fn ready(&self) -> Answer {
        in_time(self.server.get("/ready"))
    }

    fn status(&self) -> String {
        self.ready().json()["status"].as_str().expect("a status").to_owned()
    }

    fn create(&self, name: &str) -> Answer {
        let user = json!({"name": name, "email": format!("{name}@example.org")});
        in_time(self.server.client().json("POST", "/users", &user.to_string()))
    }

    /// A user that nobody has in memory.
    fn fresh(&self, name: &str) -> String {
        let created = self.create(name);
        assert_eq!(created.status, 201, "{created:?}");
        created.header("location").expect("where it is").to_owned()
    }

    /// Both workers see that a service is away, and say so.
    fn await_word_of(&self, part: &str) {
        for worker in 0..2 {
            let mut client = self.server.client_of(worker);
            until("the worker says what is missing", || {
                let ready = in_time(client.get("/ready"));
                assert_eq!(ready.status, 200, "{ready:?}");
                ready.json()["parts"][part]["state"] != "up" && ready.json()["status"] == "degraded"
            });
        }
    }

    /// Somebody new each time: one that nobody knows of may be there.
    fn await_writes(&self) {
        until("users are written", || {
            let number = self.named.fetch_add(1, Relaxed);
            self.create(&format!("written{number}")).status == 201
        });
    }

    fn await_recovery(&self, way: Way) {
        let begin = Instant::now();
        for worker in 0..2 {
            let mut client = self.server.client_of(worker);
            until("all is well again", || client.get("/ready").json()["status"] == "ready");
        }
        let took = begin.elapsed();
        assert!(took < RECOVERY_MAX, "{took:?} after {way:?}");
    }
}

/// Longer than the limits of the services, one after the other, take on a busy machine; and not as long as the last resort,
/// which is the time limit of a request.
const DEADLINE: Duration = Duration::from_secs(5);

fn in_time(answer: Answer) -> Answer {
    assert!(answer.took < DEADLINE, "{answer:?}");
    answer
}

pub(crate) fn told_to_come_again(answer: &Answer) -> bool {
    answer.status == 503 && answer.header("retry-after").is_some()
}

#[test]
fn without_the_database_the_rest_is_answered() {
    let Some(scene) = Scene::start_hasty() else { return };
    for (number, way) in WAYS.into_iter().enumerate() {
        // One is in the memory of a worker, the other one only in Redis, for a second.
        let kept = scene.fresh(&format!("kept{number}"));
        let mut client = scene.server.client_of(0);
        assert_eq!(client.get(&kept).status, 200);
        let absent = scene.fresh(&format!("absent{number}"));
        assert!(scene.postgres.connections() > 0, "there is something to lose");
        scene.postgres.set(way);
        scene.await_word_of("database");
        assert_eq!(in_time(client.get(&kept)).status, 200, "from memory, with {way:?}");
        assert_eq!(client.get("/plaintext").status, 200);
        for answer in [client.get(&absent), client.get("/users"), scene.create("nobody")] {
            assert!(told_to_come_again(&in_time(answer)), "with {way:?}");
        }
        assert_eq!(scene.server.get("/live").status, 200);
        scene.postgres.set(Way::Open);
        scene.await_recovery(way);
        // What was begun meanwhile may fail until its time is over, and with it what stands behind it.
        until("it is read again", || client.get(&absent).status == 200);
        scene.await_writes();
    }
}

#[test]
fn without_the_database_redis_answers() {
    let Some(scene) = Scene::start_hasty() else { return };
    let mut client = scene.server.client_of(0);
    until("a user is in Redis, and not for too short a time", || {
        let shared = scene.known_to_one("shared");
        let is_there = scene.is_in_redis(&shared);
        scene.postgres.set(Way::Closed);
        let answer = in_time(client.get(&shared));
        scene.postgres.set(Way::Open);
        scene.await_recovery(Way::Closed);
        is_there && answer.status == 200
    });
}

#[test]
fn redis_that_was_not_told_or_forgets_shows_nobody_what_is_old() {
    // Nobody has anything in memory: each read comes from Redis or from the database.
    let Some(mut scene) = Scene::start_patient(&["--cache-items", "0"]) else { return };
    for round in 0..6 {
        let place = scene.known_to_one("user");
        let rename = |name: &str, worker: usize| {
            let user = json!({"name": name, "email": format!("{name}@example.org")});
            let mut client = scene.server.client_of(worker);
            assert_eq!(in_time(client.json("PUT", &place, &user.to_string())).status, 200);
        };
        let (old, new) = (format!("old{round}"), format!("new{round}"));
        rename(&old, 0);
        match round % 3 {
            // It has the old one, and does not hear of the new one, or late.
            0 => scene.redis.set(Way::Deaf),
            1 => scene.redis.set(Way::Closed),
            // It is another one, which knows nothing.
            _ => scene.services.1.service().restart_empty(),
        }
        rename(&new, 1);
        scene.redis.set(Way::Open);
        scene.await_recovery(Way::Silent);
        // Longer than anything old may be there.
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(5) {
            for worker in 0..2 {
                let seen = scene.server.client_of(worker).get(&place).json();
                assert_eq!(seen["name"], new.as_str(), "round {round}");
            }
        }
    }
}

#[test]
fn servers_with_different_databases_may_share_a_redis() {
    let Some(redis) = Redis::start() else { return };
    let url = redis.url();
    let options = [
        "--redis-url",
        &url,
        "--redis-ttl",
        "1s",
        "--database-timeout",
        "1s",
        "--cache-items",
        "0",
    ];
    let servers = [Server::start(&options), Server::start(&options)];
    for (server, name) in servers.iter().zip(["alice", "bob"]) {
        let user = json!({"name": name, "email": "a@example.org"});
        assert_eq!(server.client().json("POST", "/users", &user.to_string()).status, 201);
    }
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(7) {
        for (server, name) in servers.iter().zip(["alice", "bob"]) {
            assert_eq!(server.get("/users/1").json()["name"], name);
        }
    }
}

#[test]
fn without_redis_the_database_answers() {
    let Some(scene) = Scene::start_patient(&[]) else { return };
    for (number, way) in WAYS.into_iter().enumerate() {
        let place = scene.fresh(&format!("first{number}"));
        assert!(scene.redis.connections() > 0, "there is something to lose");
        scene.redis.set(way);
        scene.await_word_of("l2");
        let mut clients = [scene.server.client_of(0), scene.server.client_of(1)];
        for (turn, client) in clients.iter_mut().enumerate() {
            assert_eq!(in_time(client.get(&place)).status, 200, "from the database, with {way:?}");
            let name = format!("renamed{number}.{turn}");
            let user = json!({"name": name, "email": format!("{name}@example.org")});
            let renamed = in_time(client.json("PUT", &place, &user.to_string()));
            assert_eq!(renamed.status, 200, "with {way:?}");
        }
        let name = format!("renamed{number}.1");
        for client in &mut clients {
            assert_eq!(in_time(client.get(&place)).json()["name"], name.as_str());
        }
        scene.redis.set(Way::Open);
        scene.await_recovery(way);
        // What was written meanwhile is what everybody sees, whatever Redis had.
        for client in &mut clients {
            assert_eq!(client.get(&place).json()["name"], name.as_str(), "after {way:?}");
        }
    }
}

#[test]
fn without_the_queue_events_wait_on_disk() {
    let Some(scene) = Scene::start_patient(&[]) else { return };
    let mut asked = Vec::new();
    for (number, way) in WAYS.into_iter().enumerate() {
        until("there is something to lose", || {
            scene.server.get("/users/1");
            scene.queue.connections() > 0
        });
        scene.queue.set(way);
        for user in 0..200 {
            let id = 1000 + 1000 * number as u64 + user;
            assert_eq!(in_time(scene.server.get(&format!("/users/{id}"))).status, 404);
            asked.push(id);
        }
        scene.await_word_of("queue");
        scene.queue.set(Way::Open);
        scene.await_recovery(way);
    }
    let mut events = std::collections::BTreeMap::new();
    until("all events have come", || {
        events = super::queue::events(&scene.services.1, "access");
        asked.iter().all(|id| events.values().any(|event| event.user == *id))
    });
    let counted = scene.ready().json()["parts"]["events"].clone();
    assert_eq!((&counted["refused"], &counted["accepted"]), (&json!(0), &json!(events.len())));
    // At least once: what was sent twice has the same id.
    assert!(counted["published"].as_u64() >= counted["accepted"].as_u64(), "{counted}");
}

#[test]
fn services_that_are_killed_and_started_again_are_found_again() {
    let Some(mut scene) = Scene::start_hasty() else { return };
    let place = scene.fresh("before");
    scene.services.0.service().kill();
    scene.services.1.service().kill();
    for part in ["database", "l2"] {
        scene.await_word_of(part);
    }
    assert!(told_to_come_again(&scene.create("meanwhile")));
    assert_eq!(scene.server.get("/plaintext").status, 200);
    scene.services.0.service().restart();
    scene.services.1.service().restart();
    scene.await_recovery(Way::Closed);
    until("it is read again", || scene.server.get(&place).status == 200);
    assert_eq!(scene.server.get(&place).json()["name"], "before");
    scene.await_writes();
    until("the events of all that have come", || {
        let events = super::queue::events(&scene.services.1, "access");
        let has = |access: &str, status| {
            events.values().any(|event| event.access == access && event.status == status)
        };
        has("create", 503) && has("create", 201)
    });
}

#[test]
fn a_service_that_hangs_is_left_alone_until_it_goes_on() {
    let Some(mut scene) = Scene::start_patient(&[]) else { return };
    scene.services.1.service().freeze();
    assert_eq!(scene.create("meanwhile").status, 201);
    for worker in 0..2 {
        scene.server.client_of(worker).get("/users/1");
    }
    scene.await_word_of("l2");
    scene.await_word_of("queue");
    scene.services.1.service().thaw();
    scene.await_recovery(Way::Silent);
}
