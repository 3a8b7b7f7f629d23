//! Goal: peers that are many, slow or gone cost little, and cost the others nothing.
//!
//! Method: thousands of real connections; peers that drip, that do not read, that leave. Memory and processor time are
//! read from the kernel.
//! Not proven: how it feels from another machine, with losses and delays.

#[path = "guard/files.rs"]
mod files;
mod house;
#[path = "guard/http2.rs"]
mod http2;
#[path = "guard/inputs.rs"]
mod inputs;
#[path = "guard/limits.rs"]
mod limits;
#[path = "guard/smuggling.rs"]
mod smuggling;
#[path = "guard/tls.rs"]
mod tls;

use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::mpsc;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use house::connections::connections;
use house::processes::{memory_kib, processor_time};
use house::{Client, Server, until};
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

const GET: &[u8] = b"GET /plaintext HTTP/1.1\r\nhost: test\r\n\r\n";

/// Makes room for so many descriptors in this process and those that it starts.
fn descriptors(count: u64) -> bool {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let enough = maximum.is_none_or(|maximum| maximum >= count);
    enough && setrlimit(Resource::Nofile, Rlimit { current: Some(count), maximum }).is_ok()
}

fn memory(server: &Server) -> u64 {
    server.workers().into_iter().map(memory_kib).sum()
}

#[test]
fn five_thousand_idle_connections_cost_little_and_others_are_served() {
    const IDLE: usize = 5000;
    if !descriptors(IDLE as u64 + 500) {
        witness::machine::skip("5,500 open files (`ulimit -n`)");
        return;
    }
    let server = Server::start(&[]);
    for _ in 0..100 {
        assert_eq!(server.get("/plaintext").status, 200);
    }
    let before = memory(&server);
    let mut idle: Vec<Client> = Vec::with_capacity(IDLE);
    for _ in 0..IDLE {
        let mut client = server.client();
        // Each has been served once, as a client that stays.
        assert_eq!(client.get("/plaintext").status, 200);
        idle.push(client);
    }
    let each = memory(&server).saturating_sub(before) * 1024 / IDLE as u64;
    assert!(each < 24 * 1024, "{each} bytes for an idle connection");
    let mut active = server.client();
    for _ in 0..100 {
        assert_eq!(active.get("/plaintext").status, 200);
    }
    for client in idle.iter_mut().step_by(500) {
        assert_eq!(client.get("/plaintext").status, 200, "and they are still there");
    }
}

#[test]
fn peers_that_do_not_read_cost_a_bounded_buffer_and_are_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("files")).unwrap();
    std::fs::write(folder.path().join("files/large.bin"), vec![7; 20 << 20]).unwrap();
    let server = Server::start_in(folder, &["--write-timeout", "2s"]);
    assert_eq!(server.get("/static/large.bin").body.len(), 20 << 20);
    let before = memory(&server);
    let mut slow: Vec<Client> = (0..20).map(|_| server.client()).collect();
    for client in &mut slow {
        client.send(b"GET /static/large.bin HTTP/1.1\r\nhost: test\r\n\r\n");
    }
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(1) {
        assert_eq!(server.get("/plaintext").status, 200, "others are served");
    }
    // The file's own pages are shared with everybody who maps it, and count for its first reader.
    let grown = memory(&server).saturating_sub(before);
    assert!(grown < 25 << 10, "{grown} KiB for 20 peers that do not read 20 MiB each");
    let workers = server.workers();
    until("they are cut off", || workers.iter().all(|&worker| connections(worker) == 0));
}

#[test]
fn peers_that_drip_are_cut_off_and_others_are_served() {
    let server = Server::start(&["--head-timeout", "3s", "--body-timeout", "3s"]);
    let mut heads: Vec<Client> = (0..20).map(|_| server.client()).collect();
    let lines: Vec<Client> = (0..20).map(|_| server.client()).collect();
    let mut bodies: Vec<Client> = (0..20).map(|_| server.client()).collect();
    heads.iter_mut().for_each(|client| client.send(b"GET /plaintext HTTP/1.1\r\n"));
    let post = b"POST /users HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
    bodies.iter_mut().for_each(|client| client.send(post));
    let workers = server.workers();
    let deadline = Instant::now() + house::WAIT_MAX;
    let mut turn = 0;
    while workers.iter().any(|&worker| connections(worker) > 0) {
        // From its first byte on, a line without end.
        let byte = b"GET /".iter().chain(&[b'x'; 1000]).nth(turn).expect("so often in no test");
        turn += 1;
        for client in &lines {
            let _ = std::io::Write::write(&mut &client.stream, &[*byte]);
        }
        for client in heads.iter_mut().chain(&mut bodies) {
            // One that is cut off does not take it any more.
            let _ = std::io::Write::write(&mut client.stream, b"x");
        }
        assert_eq!(server.get("/plaintext").status, 200, "others are served");
        assert!(Instant::now() < deadline, "they are not cut off");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn peers_that_say_nothing_or_little_or_take_little_are_cut_off_and_others_are_served() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("files")).unwrap();
    std::fs::write(folder.path().join("files/large.bin"), vec![7; 20 << 20]).unwrap();
    let limits = [
        "--idle-timeout",
        "3s",
        "--head-timeout",
        "3s",
        "--body-stall-timeout",
        "3s",
        "--write-timeout",
        "3s",
        "--rate-min",
        "64k",
    ];
    let server = Server::start_in(folder, &limits);
    let post = "POST /users HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n";
    let beginnings = [
        // Nothing at all; after a first answer, too.
        String::new(),
        String::from_utf8_lossy(GET).into_owned(),
        // Half of a request line, of a field, of a head.
        "GE".to_owned(),
        "GET /plaintext HTTP/1.1\r\nho".to_owned(),
        "GET /plaintext HTTP/1.1\r\nhost: test\r\n".to_owned(),
        // A body that stops, in each form.
        format!("{post}content-length: 1000\r\n\r\n{{"),
        format!("{post}transfer-encoding: chunked\r\n\r\n5\r\n{{"),
        format!("{post}transfer-encoding: chunked\r\n\r\n5"),
        // An invitation that is not followed.
        format!("{post}expect: 100-continue\r\ncontent-length: 1000\r\n\r\n"),
    ];
    let mut slow: Vec<Client> = beginnings.iter().map(|_| server.client()).collect();
    for (client, beginning) in slow.iter_mut().zip(&beginnings) {
        client.send(beginning.as_bytes());
    }
    // One takes a little of a large answer now and then.
    let mut sipping = server.client();
    sipping.send(b"GET /static/large.bin HTTP/1.1\r\nhost: test\r\n\r\n");
    let workers = server.workers();
    let deadline = Instant::now() + house::WAIT_MAX;
    while workers.iter().any(|&worker| connections(worker) > 0) {
        let _ = sipping.stream.read(&mut [0; 1000]);
        let mut other = server.client();
        assert_eq!(other.get("/plaintext").status, 200, "others are served");
        drop(other);
        assert!(Instant::now() < deadline, "they are not cut off");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn work_for_clients_that_have_left_is_given_up() {
    let server = Server::start(&["--workers", "1", "--compute-threads", "1"]);
    let worker = server.workers()[0];
    let mut leaving: Vec<Client> = (0..10).map(|_| server.client()).collect();
    for client in &mut leaving {
        client.send(b"GET /compute/primes/500000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    }
    until("the worker computes", || processor_time(worker) > Duration::from_millis(100));
    drop(leaving);
    // Ten times several seconds of work would stand before this one.
    let answer = server.get("/compute/primes/1000");
    assert_eq!(answer.json()["count"], 168);
    let after = processor_time(worker);
    sleep(Duration::from_secs(1));
    let since = processor_time(worker) - after;
    assert!(since < Duration::from_millis(500), "{since:?} of work in a second, for nobody");
}

#[test]
fn an_answer_that_takes_too_long_is_given_up() {
    let server = Server::start(&["--workers", "1", "--request-timeout", "300ms"]);
    let worker = server.workers()[0];
    let answer = server.get("/compute/primes/500000000");
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert!(answer.took < Duration::from_secs(5), "{:?}", answer.took);
    let after = processor_time(worker);
    sleep(Duration::from_secs(1));
    let since = processor_time(worker) - after;
    assert!(since < Duration::from_millis(500), "{since:?} of work in a second, for nobody");
    assert_eq!(server.get("/compute/primes/1000").json()["count"], 168);
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_sent() {
    let server = Server::start(&["--body-bytes", "1k"]);
    let mut client = server.client();
    client.send(b"POST /users HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 10737418240\r\n\r\n");
    let answer = client.answer(false).expect("an answer");
    assert_eq!(answer.status, 413, "and not 100, which would invite 10 GiB");
    let mut client = server.client();
    let fields = ["content-type: application/json", "transfer-encoding: chunked"];
    let mut request =
        format!("POST /users HTTP/1.1\r\nhost: test\r\n{}\r\n\r\n", fields.join("\r\n"))
            .into_bytes();
    request.extend_from_slice(format!("800\r\n{}\r\n0\r\n\r\n", "x".repeat(0x800)).as_bytes());
    client.send(&request);
    assert_eq!(
        client.answer(false).expect("an answer").status,
        413,
        "nor when it does not say how long it is"
    );
}

#[test]
fn a_request_without_a_host_or_with_two_is_refused() {
    let server = Server::start(&[]);
    for hosts in ["", "host: a\r\nhost: b\r\n"] {
        let mut client = server.client();
        client.send(format!("GET /plaintext HTTP/1.1\r\n{hosts}\r\n").as_bytes());
        assert_eq!(client.answer(false).expect("an answer").status, 400);
        assert!(client.is_closed());
    }
}

#[test]
fn a_log_that_nobody_reads_stops_nobody() {
    let mut server = Server::start(&["--workers", "1"]);
    let pipe = server.folder().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
        .unwrap();
    // Open at both ends, so that nobody waits for the other; full, and never read.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let both =
        std::fs::File::options().read(true).write(true).custom_flags(nonblocking).open(&pipe);
    let mut unread = both.unwrap();
    while unread.write(&[b'x'; 4096]).is_ok() {}
    std::fs::remove_file(server.log_file()).unwrap();
    std::os::unix::fs::symlink(&pipe, server.log_file()).unwrap();
    server.signal(Signal::USR1);
    // Master and worker have much to say about this.
    for signal in [Signal::KILL, Signal::TERM] {
        let worker = server.workers()[0];
        house::send(worker, signal);
        until("there is another worker", || {
            let workers = server.workers();
            workers.len() == 1 && workers[0] != worker
        });
        assert_eq!(server.get("/plaintext").status, 200);
    }
    server.signal(Signal::TERM);
    assert_eq!(server.status().code(), Some(0));
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = Server::start(&["--head-bytes", "8k"]);
    let mut client = server.client();
    let field = format!("x-large: {}\r\n", "x".repeat(10_000));
    client.send(format!("GET /plaintext HTTP/1.1\r\nhost: test\r\n{field}\r\n").as_bytes());
    assert_eq!(client.answer(false).expect("an answer").status, 431);
}

#[test]
fn more_connections_than_the_limit_wait_their_turn() {
    let server = Server::start(&["--workers", "1", "--connections", "5"]);
    let mut held: Vec<Client> = (0..5).map(|_| server.client()).collect();
    for client in &mut held {
        assert_eq!(client.get("/plaintext").status, 200);
        // It has begun to ask for more.
        client.send(&GET[..5]);
    }
    let mut waiting = server.client();
    waiting.send(GET);
    waiting.stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(waiting.answer_if_any().is_none(), "there is no room");
    assert_eq!(connections(server.workers()[0]), 5);
    waiting.stream.set_read_timeout(Some(house::WAIT_MAX)).unwrap();
    held[0].send(&GET[5..]);
    assert_eq!(held[0].answer(false).expect("an answer").status, 200);
    held[0].send(&GET[..5]);
    drop(held.pop());
    assert_eq!(waiting.answer(false).expect("its turn").status, 200);
}

#[test]
fn silent_connections_keep_nobody_out() {
    let server = Server::start(&["--workers", "1", "--connections", "100"]);
    // Four times the limit, and nobody of them says anything.
    let silent: Vec<Client> = (0..400).map(|_| server.client()).collect();
    let begin = Instant::now();
    assert_eq!(server.get("/plaintext").status, 200);
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}, and they may be silent for a minute");
    drop(silent);
}

#[test]
fn without_descriptors_the_connections_that_are_there_are_served_and_others_wait() {
    let server = Server::start(&["--workers", "1"]);
    let mut held: Vec<Client> = (0..5).map(|_| server.client()).collect();
    for client in &mut held {
        assert_eq!(client.get("/users").status, 200);
    }
    let worker = server.workers()[0];
    let open = std::fs::read_dir(format!("/proc/{worker}/fd")).unwrap().count() as u64;
    let pid = rustix::process::Pid::from_raw(worker.cast_signed());
    // The worker believes that it has thousands.
    let limit = Rlimit { current: Some(open), maximum: Some(open) };
    rustix::process::prlimit(pid, Resource::Nofile, limit).unwrap();
    let mut waiting = server.client();
    waiting.send(GET);
    let before = processor_time(worker);
    for _ in 0..10 {
        sleep(Duration::from_millis(100));
        held.iter_mut().for_each(|client| assert_eq!(client.get("/users").status, 200));
    }
    let spent = processor_time(worker) - before;
    assert!(spent < Duration::from_millis(500), "{spent:?} of work in a second");
    drop(held.pop());
    assert_eq!(waiting.answer(false).expect("its turn").status, 200);
}

#[test]
fn an_overloaded_database_queue_sheds_instead_of_growing() {
    let options = ["--workers", "1", "--database-threads", "1", "--database-queue", "1"];
    let server = Server::start(&options);
    let database = rusqlite::Connection::open(server.folder().join("api.db")).unwrap();
    // Another program holds the lock for writers: one query waits for it, one for the thread, and there is no more room.
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut clients: Vec<Client> = (0..10).map(|_| server.client()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        let user = format!("{{\"name\":\"Ada\",\"email\":\"{number}@example.org\"}}");
        let head = format!(
            "POST /users HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            user.len()
        );
        client.send((head + &user).as_bytes());
    }
    let (answered, answers) = mpsc::channel();
    for mut client in clients {
        let answered = answered.clone();
        thread::spawn(move || answered.send(client.answer(false).expect("an answer")));
    }
    for _ in 0..8 {
        let answer =
            answers.recv_timeout(house::WAIT_MAX).expect("who finds no room is told at once");
        assert_eq!(answer.status, 503);
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(server.get("/plaintext").status, 200, "what needs no database is answered");
    assert_eq!(server.get("/users/1").status, 404, "readers do not wait behind writers");
    assert_eq!(server.get("/health").status, 200);
    database.execute_batch("ROLLBACK").unwrap();
    let last = [0; 2].map(|_| answers.recv_timeout(house::WAIT_MAX).expect("an answer").status);
    // Whether the second found room depends on whether the thread had taken the first already.
    assert!(last == [201, 201] || last == [503, 201], "{last:?}");
}
