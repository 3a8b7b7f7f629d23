//! Goal: master and workers stand, each where it should; the API does what it promises, in each format; wrong settings
//! and wrong inputs are told.
//!
//! Method: the program from outside, over sockets and its command line.
//! Not proven: what happens when something fails (`survive`) or somebody attacks (`guard`).

mod house;

use std::fs;
use std::net::Shutdown;
use std::os::unix::fs::symlink;
use std::process::Output;
use std::sync::mpsc;
use std::thread;

use house::{Answer, Client, Server, program};
use prost::Message;
use serde_json::{Value, json};

fn output(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("the program is built")
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
        "crash",
    ] {
        assert!(help.contains(word) || word == "crash", "`{word}` is not in\n{help}");
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
    let all = |command: &mut std::process::Command| {
        said(&command.arg("--config").arg(&config).output().unwrap())
    };
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
    let broken = output(&["--listen", "127.0.0.1:0", "--database", database.to_str().unwrap()]);
    assert_eq!(broken.status.code(), Some(4));
    assert!(said(&broken).contains("cannot open the database"), "{}", said(&broken));
}

#[test]
fn each_worker_runs_its_event_loop_on_a_processor_of_its_own() {
    let processors = std::thread::available_parallelism().unwrap().get();
    if processors < 2 {
        return;
    }
    let server = Server::start(&["--pinning", "always"]);
    let allowed = |path: String| {
        let status = fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        line.unwrap().trim().to_owned()
    };
    let workers = server.workers();
    assert_eq!(workers.len(), 2);
    let loops: Vec<_> = workers.iter().map(|pid| allowed(format!("/proc/{pid}/status"))).collect();
    assert!(
        loops[0] != loops[1] && loops.iter().all(|list| list.parse::<u32>().is_ok()),
        "{loops:?}"
    );
    let all = allowed("/proc/self/status".to_owned());
    for worker in workers {
        let threads = fs::read_dir(format!("/proc/{worker}/task")).unwrap();
        let others = threads.map(|thread| thread.unwrap().file_name().into_string().unwrap());
        for other in others.filter(|thread| *thread != worker.to_string()) {
            let its = allowed(format!("/proc/{worker}/task/{other}/status"));
            assert_eq!(its, all, "threads that compute may run anywhere");
        }
    }
}

#[test]
fn small_answers_are_as_they_should_be() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let plain = client.get("/plaintext");
    assert_eq!((plain.text(), plain.header("content-type")), ("Hello, World!", Some("text/plain")));
    assert!(plain.header("date").is_some());
    assert_eq!(client.get("/json").json(), json!({"message": "Hello, World!"}));
    let head = client.ask("HEAD", "/plaintext", &[], b"");
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("13"), 0));
    for path in ["/live", "/health", "/ready"] {
        let standing = client.get(path);
        assert_eq!(standing.status, 200, "{path}");
        assert!(
            standing.json()["pid"]
                .as_u64()
                .is_some_and(|pid| server.workers().contains(&(pid as u32)))
        );
    }
}

#[test]
fn what_is_not_there_is_told() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let told = |answer: &Answer, status: u16| {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.json()["status"], status);
    };
    told(&client.get("/nothing"), 404);
    told(&client.get("/users/1"), 404);
    told(&client.get("/users/x"), 404);
    told(&client.get("/users?limit=0"), 400);
    told(&client.get("/users?limit=101"), 400);
    told(&client.get("/users?offset=3"), 400);
    told(&client.get("/users/%zz"), 400);
    told(&client.get("/static/missing.txt"), 404);
    told(&client.get("/compute/primes/many"), 400);
    let not_allowed = client.ask("POST", "/plaintext", &[], b"");
    told(&not_allowed, 405);
    assert_eq!(not_allowed.header("allow"), Some("GET, HEAD"));
    told(&client.ask("GET", "/users", &["accept: text/html"], b""), 406);
    told(&client.ask("POST", "/users", &["content-type: text/plain"], b"{}"), 415);
    told(&client.json("POST", "/users", "{"), 400);
    told(&client.json("POST", "/users", "{}"), 422);
}

#[test]
fn a_user_is_created_read_replaced_and_deleted() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let created =
        client.json("POST", "/users", r#"{"name":"Ada","email":"ada@example.org","age":36}"#);
    assert_eq!((created.status, created.header("etag")), (201, Some("\"1j\"")));
    let place = created.header("location").expect("where it is").to_owned();
    let ada = json!({"id": 1, "name": "Ada", "email": "ada@example.org", "age": 36, "version": 1});
    assert_eq!(created.json(), ada);
    for _ in 0..2 {
        assert_eq!(client.get(&place).json(), ada, "from the database, then from memory");
    }
    let unchanged = client.ask("GET", &place, &["if-none-match: \"1j\""], b"");
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    let replaced =
        client.json("PUT", &place, r#"{"name":"Ada Lovelace","email":"ada@example.org"}"#);
    assert_eq!((replaced.status, &replaced.json()["version"]), (200, &json!(2)));
    assert_eq!(client.get(&place).json(), replaced.json());
    let fields = ["if-match: \"1j\"", "content-type: application/json"];
    let body = br#"{"name":"Eve","email":"eve@example.org"}"#;
    assert_eq!(client.ask("PUT", &place, &fields, body).status, 412, "somebody else was faster");
    assert_eq!(client.ask("DELETE", &place, &["if-match: \"1j\""], b"").status, 412);
    assert_eq!(client.ask("DELETE", &place, &["if-match: \"2j\""], b"").status, 204);
    for method in ["GET", "DELETE"] {
        assert_eq!(client.ask(method, &place, &[], b"").status, 404);
    }
    let again = client.json("POST", "/users", r#"{"name":"Ada","email":"ada@example.org"}"#);
    assert_eq!(again.json()["id"], 2, "an id is never given twice");
}

#[test]
fn every_fault_of_an_input_is_told_at_once() {
    let server = Server::start(&[]);
    let answer = server.client().json(
        "POST",
        "/users",
        r#"{"name":"","email":"nobody","age":-1,"admin":true}"#,
    );
    assert_eq!(answer.status, 422);
    let problem = answer.json();
    let errors = problem["errors"].as_array().unwrap();
    let mut pointers: Vec<_> =
        errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["#/admin", "#/age", "#/email", "#/name"]);
}

#[test]
fn an_email_address_belongs_to_one_user() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let ada = r#"{"name":"Ada","email":"ada@example.org"}"#;
    assert_eq!(client.json("POST", "/users", ada).status, 201);
    assert_eq!(client.json("POST", "/users", ada).status, 409);
    assert_eq!(
        client.json("POST", "/users", r#"{"name":"Bob","email":"bob@example.org"}"#).status,
        201
    );
    assert_eq!(client.json("PUT", "/users/2", ada).status, 409);
}

#[test]
fn sql_in_an_input_is_text() {
    let server = Server::start(&[]);
    let mut client = server.client();
    for (number, name) in [
        "Robert'); DROP TABLE users;--",
        "' OR '1'='1",
        "\"; VACUUM; \"",
        "%_\\",
        "Ünïcode 漢字 🦀",
    ]
    .iter()
    .enumerate()
    {
        let user = json!({"name": name, "email": format!("{number}@example.org")});
        let created = client.json("POST", "/users", &user.to_string());
        assert_eq!(created.status, 201, "{name}");
        let place = created.header("location").unwrap().to_owned();
        assert_eq!(client.get(&place).json()["name"], **name);
    }
    assert_eq!(client.get("/users").json()["users"].as_array().unwrap().len(), 5);
    assert_eq!(client.get("/users/1%27%20OR%201=1").status, 404);
}

#[test]
fn a_list_goes_page_by_page_and_deletions_move_nobody() {
    let server = Server::start(&["--database-sync", "off"]);
    let mut client = server.client();
    for number in 1..=45 {
        let user =
            json!({"name": format!("User {number}"), "email": format!("{number}@example.org")});
        assert_eq!(client.json("POST", "/users", &user.to_string()).status, 201);
    }
    let mut ids = Vec::new();
    let mut next = Some("/users?limit=10".to_owned());
    while let Some(path) = next {
        let page = client.get(&path).json();
        let users = page["users"].as_array().unwrap().clone();
        ids.extend(users.iter().map(|user| user["id"].as_u64().unwrap()));
        next = page["next"].as_str().map(String::from);
        // What was on an earlier page is deleted; nobody on the next one is skipped.
        assert_eq!(
            client.ask("DELETE", &format!("/users/{}", users[0]["id"]), &[], b"").status,
            204
        );
    }
    assert_eq!(ids, (1..=45).collect::<Vec<u64>>());
    assert_eq!(
        client.get("/users").json()["users"].as_array().unwrap().len(),
        20,
        "a page without a limit"
    );
}

/// The messages as the API's description numbers them, written down once more.
#[derive(Clone, PartialEq, Message)]
struct UserMessage {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    email: String,
    #[prost(uint32, optional, tag = "4")]
    age: Option<u32>,
    #[prost(uint64, tag = "5")]
    version: u64,
}

#[derive(Clone, PartialEq, Message)]
struct NewUserMessage {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    email: String,
    #[prost(int32, optional, tag = "3")]
    age: Option<i32>,
}

#[test]
fn the_same_user_comes_and_goes_in_each_format() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let formats = ["application/json", "application/msgpack", "application/protobuf"];
    for (number, sent) in formats.iter().enumerate() {
        let email = format!("{number}@example.org");
        let user = json!({"name": "Ada", "email": email, "age": 36});
        let body = match number {
            0 => user.to_string().into_bytes(),
            1 => rmp_serde::to_vec_named(&user).unwrap(),
            _ => NewUserMessage { name: "Ada".into(), email: email.clone(), age: Some(36) }
                .encode_to_vec(),
        };
        let content_type = format!("content-type: {sent}");
        let created = client.ask("POST", "/users", &[&content_type], &body);
        assert_eq!(
            (created.status, created.header("content-type")),
            (201, Some(formats[0])),
            "{sent}"
        );
        let id = number as u64 + 1;
        for (other, wanted) in formats.iter().enumerate() {
            let accept = format!("accept: {wanted}");
            let got = client.ask("GET", &format!("/users/{id}"), &[&accept], b"");
            assert_eq!(got.header("content-type"), Some(*wanted));
            assert_eq!(got.header("vary"), Some("accept"));
            let (name, got_email, age) = match other {
                0 | 1 => {
                    let value: Value = if other == 0 {
                        got.json()
                    } else {
                        rmp_serde::from_slice(&got.body).unwrap()
                    };
                    (value["name"].clone(), value["email"].clone(), value["age"].clone())
                }
                _ => {
                    let message = UserMessage::decode(&got.body[..]).unwrap();
                    assert_eq!((message.id, message.version), (id, 1));
                    (message.name.into(), message.email.into(), message.age.into())
                }
            };
            assert_eq!(
                (name, got_email, age),
                (json!("Ada"), json!(email), json!(36)),
                "{sent} as {wanted}"
            );
        }
    }
}

#[test]
fn what_is_no_document_in_its_format_is_refused() {
    let server = Server::start(&[]);
    let mut client = server.client();
    for (format, body) in [
        ("application/json", &b"{\"name\":\"Ada\"} {}"[..]),
        ("application/msgpack", b"\xc1"),
        ("application/msgpack", b"\x83\xa4name\xa3Ada\xa5email\xa5a@b.c\xa3age\x01 and more"),
        ("application/protobuf", b"\x0a\xff"),
    ] {
        let content_type = format!("content-type: {format}");
        let answer = client.ask("POST", "/users", &[&content_type], body);
        assert_eq!(answer.status, 400, "{format} {body:?}: {}", answer.text());
    }
}

fn with_files() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    fs::create_dir_all(files.join("sub")).unwrap();
    fs::write(files.join("page.html"), "<h1>Hello</h1>").unwrap();
    fs::write(files.join("empty.txt"), "").unwrap();
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| number as u8).collect();
    fs::write(files.join("sub/large.bin"), large).unwrap();
    fs::write(folder.path().join("secret"), "secret").unwrap();
    symlink("../secret", files.join("link")).unwrap();
    Server::start_in(folder, &[])
}

#[test]
fn files_are_served_whole_in_part_and_not_again() {
    let server = with_files();
    let mut client = server.client();
    let page = client.get("/static/page.html");
    assert_eq!(
        (page.text(), page.header("content-type")),
        ("<h1>Hello</h1>", Some("text/html; charset=utf-8"))
    );
    assert!(client.get("/static/empty.txt").body.is_empty());
    for _ in 0..2 {
        let large = client.get("/static/sub/large.bin");
        assert_eq!(large.body.len(), 3_000_000);
        assert!(large.body.iter().enumerate().all(|(at, &byte)| byte == at as u8));
    }
    let part = client.ask("GET", "/static/sub/large.bin", &["range: bytes=300-309"], b"");
    assert_eq!((part.status, part.header("content-range")), (206, Some("bytes 300-309/3000000")));
    assert_eq!(part.body, (300..310).map(|number: u32| number as u8).collect::<Vec<_>>());
    let last = client.ask("GET", "/static/sub/large.bin", &["range: bytes=-1"], b"");
    assert_eq!((last.status, last.body.len()), (206, 1));
    let none = client.ask("GET", "/static/sub/large.bin", &["range: bytes=3000000-"], b"");
    assert_eq!((none.status, none.header("content-range")), (416, Some("bytes */3000000")));
    let tag = format!("if-none-match: {}", page.header("etag").expect("a tag"));
    let same = client.ask("GET", "/static/page.html", &[&tag], b"");
    assert_eq!((same.status, same.body.len()), (304, 0));
    let head = client.ask("HEAD", "/static/sub/large.bin", &[], b"");
    assert_eq!((head.header("content-length"), head.body.len()), (Some("3000000"), 0));
    assert_eq!(client.get("/plaintext").status, 200, "the connection is in step");
}

#[test]
fn files_outside_are_not_served() {
    let server = with_files();
    let mut client = server.client();
    for (path, status) in [
        ("/static/link", 403),
        ("/static/../secret", 400),
        ("/static/%2e%2e/secret", 400),
        ("/static/sub%2flarge.bin", 400),
        ("/static//etc/passwd", 404),
        ("/static/sub", 404),
        ("/static/page.html%00", 400),
    ] {
        let answer = client.get(path);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(!answer.text().contains("secret") || answer.status != 200);
    }
}

#[test]
fn a_file_that_is_replaced_appears_within_a_moment() {
    let server = with_files();
    let mut client = server.client();
    assert_eq!(client.get("/static/page.html").text(), "<h1>Hello</h1>");
    let files = server.folder().join("files");
    fs::write(files.join("new"), "<h1>Bye</h1>").unwrap();
    fs::rename(files.join("new"), files.join("page.html")).unwrap();
    house::until("the new file is served", || {
        client.get("/static/page.html").text() == "<h1>Bye</h1>"
    });
}

#[test]
fn computations_are_right_and_stop_nobody() {
    let server =
        Server::start(&["--workers", "1", "--compute-threads", "1", "--compute-queue", "1"]);
    let mut client = server.client();
    for (below, count) in [(0, 0), (2, 0), (3, 1), (100, 25), (1000, 168), (1_000_000, 78_498)] {
        assert_eq!(
            client.get(&format!("/compute/primes/{below}")).json()["count"],
            count,
            "below {below}"
        );
    }
    // One is computed and one waits; for the others there is no room.
    let mut busy: Vec<Client> = (0..5).map(|_| server.client()).collect();
    let streams: Vec<_> = busy.iter().map(|client| client.stream.try_clone().unwrap()).collect();
    let (answered, answers) = mpsc::channel();
    for mut client in busy.drain(..) {
        let answered = answered.clone();
        client.send(b"GET /compute/primes/500000000 HTTP/1.1\r\nhost: test\r\n\r\n");
        thread::spawn(move || answered.send(client.answer(false)));
    }
    for _ in 0..3 {
        let answer = answers.recv_timeout(house::WAIT_MAX).expect("at once").expect("an answer");
        assert_eq!(answer.status, 503);
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(client.get("/plaintext").status, 200, "the loop goes on");
    streams.iter().for_each(|stream| stream.shutdown(Shutdown::Both).unwrap_or_default());
    house::until("there is room again", || client.get("/compute/primes/10").status == 200);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
    let paths = ["/plaintext", "/compute/primes/100", "/json", "/users/7", "/plaintext"];
    client.send(paths.map(request).concat().as_bytes());
    let statuses = paths.map(|_| client.answer(false).expect("an answer").status);
    assert_eq!(statuses, [200, 200, 200, 404, 200]);
}

#[test]
fn users_are_there_after_a_restart() {
    let server = Server::start(&[]);
    let created =
        server.client().json("POST", "/users", r#"{"name":"Ada","email":"ada@example.org"}"#);
    assert_eq!(created.status, 201);
    let folder = server.stop();
    let server = Server::start_in(folder, &[]);
    assert_eq!(server.get("/users/1").json(), created.json());
}

#[test]
fn the_api_describes_itself() {
    let server = Server::start(&[]);
    let description = server.get("/openapi.json").json();
    assert!(description["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    for path in ["/users", "/users/{id}", "/compute/primes/{below}", "/health", "/plaintext"] {
        assert!(description["paths"][path].is_object(), "`{path}` is not described");
    }
}
