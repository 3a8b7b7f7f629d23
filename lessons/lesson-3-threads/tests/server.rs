//! Goal: many connections are served at once, more than there may be are told so, and a stop answers what has begun.
//!
//! Method: real connections over loopback, used in an order in which they were not opened; handlers that wait at a door.
//! Not proven: how many connections a machine can hold (lab `little`, and lesson 5).

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use solution_1_networking::listener::{ListenOptions, listen};
use solution_2_lifecycle::connection::{Limits, serve};
use threads::pool::Unfinished;
use threads::server::{Options, Server};
use witness::counters::voluntary_switches_of_all;
use witness::rendezvous::Door;
use witness::tcp;

/// For how long a server without descriptors is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Far longer than a stop takes.
const STOP_MAX: Duration = Duration::from_secs(2);
const GET: &[u8] = b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n";

fn options(threads: usize, waiting_max: usize) -> Options {
    let threads = NonZeroUsize::new(threads).expect("not zero");
    Options { threads, waiting_max, retry_after: Duration::from_secs(3) }
}

/// A server on which each connection is served as in lesson 2; what is done for a request comes from the test.
fn server(options: Options, work: impl Fn() + Send + Sync + 'static) -> (Server, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("an address");
    let converse = move |mut stream: &TcpStream| {
        let _ = serve(&mut stream, &Limits::default(), |_, response| {
            work();
            response.body.extend_from_slice(b"done");
        });
    };
    (Server::start(listener, options, converse).expect("threads start"), address)
}

/// Sends a request, and reads one answer.
fn ask(mut client: &TcpStream) -> String {
    client.write_all(GET).expect("it is taken");
    answer(client)
}

fn answer(mut client: &TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 1024];
    while !text.contains("\r\n\r\n") || (text.contains("length: 4") && !text.ends_with("done")) {
        match client.read(&mut buffer).expect("an answer in time") {
            0 => break,
            count => text += str::from_utf8(&buffer[..count]).expect("text"),
        }
    }
    text
}

fn clients(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| tcp::connect(address).expect("it listens")).collect()
}

#[test]
fn a_request_is_answered() {
    let (server, address) = server(options(2, 2), || ());
    assert!(ask(&tcp::connect(address).unwrap()).starts_with("HTTP/1.1 200 OK"));
    server.stop(STOP_MAX).unwrap();
}

#[test]
fn many_connections_are_served_in_whatever_order_they_are_used() {
    let (server, address) = server(options(200, 0), || ());
    let clients = clients(address, 200);
    for client in clients.iter().rev().chain(&clients) {
        assert!(ask(client).starts_with("HTTP/1.1 200 OK"));
    }
    assert_eq!(server.refused(), 0);
    server.stop(STOP_MAX).unwrap();
}

#[test]
fn who_waits_for_a_thread_gets_one() {
    let (server, address) = server(options(1, 3), || ());
    let clients = clients(address, 4);
    for (number, client) in clients.into_iter().enumerate() {
        assert!(ask(&client).starts_with("HTTP/1.1 200 OK"), "client {number}");
        // The next one's turn.
        drop(client);
    }
    server.stop(STOP_MAX).unwrap();
}

/// A server whose handlers wait at a door, and how many do.
fn occupied(options: Options) -> (Server, SocketAddr, Door, Arc<AtomicUsize>) {
    let (door, begun) = (Door::shut(), Arc::new(AtomicUsize::new(0)));
    let (server, address) = server(options, {
        let (door, begun) = (door.clone(), Arc::clone(&begun));
        move || {
            begun.fetch_add(1, SeqCst);
            door.pass();
        }
    });
    (server, address, door, begun)
}

#[test]
fn no_more_are_let_in_than_may_be() {
    let (server, address, door, _) = occupied(options(2, 1));
    let clients = clients(address, 10);
    tcp::until(|| Ok(server.refused() == 7)).expect("three of ten are let in");
    door.open();
    drop(clients);
    server.stop(STOP_MAX).unwrap();
}

#[test]
fn who_finds_no_room_is_told_when_to_come_again() {
    let (server, address, door, _) = occupied(options(2, 1));
    let served = clients(address, 3);
    for mut client in &served {
        client.write_all(GET).unwrap();
    }
    for refused in 1..=5 {
        let text = ask(&tcp::connect(address).unwrap());
        assert!(text.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{text}");
        assert!(
            text.contains("retry-after: 3\r\n") && text.contains("connection: close"),
            "{text}"
        );
        assert_eq!(server.refused(), refused);
    }
    door.open();
    for (number, client) in served.into_iter().enumerate() {
        assert!(answer(&client).ends_with("done"), "client {number} was let in");
        drop(client);
    }
    server.stop(STOP_MAX).unwrap();
}

#[test]
fn who_is_refused_and_goes_on_sending_holds_up_nobody() {
    let (server, address, door, _) = occupied(options(1, 0));
    let served = clients(address, 1);
    let drips = tcp::connect(address).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(SeqCst) && (&drips).write_all(b"x").is_ok() {
                // Often enough that no single `read` waits for long.
                thread::sleep(Duration::from_millis(20));
            }
        });
        // One thread refuses, and each of these must be refused behind the one that drips.
        for _ in 0..3 {
            let text = ask(&tcp::connect(address).unwrap());
            assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
        }
        over.store(true, SeqCst);
    });
    door.open();
    drop(served);
    server.stop(STOP_MAX).unwrap();
}

/// A server that has no descriptor left, its clients, and what has all descriptors. To be called in a process of its own.
fn without_descriptors() -> (Server, [TcpStream; 2], Vec<File>) {
    let (server, address) = server(options(2, 0), || ());
    let sockets = [(); 2].map(|()| Socket::new(Domain::IPV4, Type::STREAM, None).unwrap());
    let all = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    // An `accept` that waits has a descriptor already. The next one has none, whether anybody comes or not.
    let clients = sockets.map(|socket| {
        socket.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        socket.connect(&address.into()).unwrap();
        TcpStream::from(socket)
    });
    (server, clients, all)
}

#[test]
fn a_lack_of_descriptors_does_not_end_the_server() {
    witness::process::in_its_own("a_lack_of_descriptors_does_not_end_the_server", || {
        let (_server, clients, all) = without_descriptors();
        thread::sleep(LOOK);
        drop(all);
        for (number, client) in clients.iter().enumerate() {
            assert!(ask(client).starts_with("HTTP/1.1 200 OK"), "client {number}");
        }
        // How a stop goes is for other tests.
        std::process::exit(0);
    });
}

#[test]
fn without_descriptors_it_rests_between_two_tries() {
    witness::process::in_its_own("without_descriptors_it_rests_between_two_tries", || {
        let (_server, _clients, _all) = without_descriptors();
        let before = voluntary_switches_of_all();
        thread::sleep(LOOK);
        let rests = voluntary_switches_of_all() - before;
        assert!(
            rests >= 4,
            "in {LOOK:?} it has rested {rests} times, this test's own rest included"
        );
        // Nobody can be told to stop here: the process ends.
        std::process::exit(0);
    });
}

#[test]
fn a_handler_that_panics_costs_one_connection() {
    let calls = Arc::new(AtomicUsize::new(0));
    let (server, address) = server(options(1, 4), {
        let calls = Arc::clone(&calls);
        move || assert!(calls.fetch_add(1, SeqCst) > 0, "the first one")
    });
    let mut text = String::new();
    let mut first = tcp::connect(address).unwrap();
    first.write_all(GET).unwrap();
    let _ = first.read_to_string(&mut text);
    assert_eq!(text, "", "it is closed without an answer");
    assert!(ask(&tcp::connect(address).unwrap()).ends_with("done"));
    server.stop(STOP_MAX).unwrap();
}

#[test]
fn a_stop_ends_connections_that_wait_for_their_client() {
    let (server, address) = server(options(4, 0), || ());
    let clients = clients(address, 3);
    clients.iter().for_each(|client| assert!(ask(client).ends_with("done")));
    server.stop(STOP_MAX).expect("nobody has anything to do");
    for mut client in &clients {
        assert_eq!(client.read(&mut [0; 16]).expect("the end"), 0);
    }
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn a_stop_is_heard_where_somebody_else_has_the_same_port() {
    // Whom a connection of ours would reach is a matter of chance.
    for _ in 0..8 {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = listen(any, &ListenOptions::default()).expect("loopback");
        let address = listener.local_addr().expect("an address");
        let _other = listen(address, &ListenOptions::default()).expect("it is shared");
        let server = Server::start(listener, options(1, 0), |_| ()).expect("threads start");
        server.stop(STOP_MAX).unwrap();
    }
}

#[test]
fn a_stop_lets_every_request_that_has_begun_be_answered() {
    let (server, address, door, begun) = occupied(options(2, 0));
    let clients = clients(address, 2);
    for mut client in &clients {
        client.write_all(GET).unwrap();
    }
    tcp::until(|| Ok(begun.load(SeqCst) == 2)).unwrap();
    let stopping = thread::spawn(move || server.stop(STOP_MAX));
    tcp::until(|| Ok(TcpStream::connect(address).is_err())).unwrap();
    door.open();
    for client in &clients {
        assert!(answer(client).ends_with("done"));
    }
    assert_eq!(stopping.join().unwrap(), Ok(()));
}

#[test]
fn a_request_that_waits_for_a_thread_is_answered_when_the_server_stops() {
    let (server, address, door, begun) = occupied(options(1, 1));
    let clients = clients(address, 2);
    for (number, mut client) in clients.iter().enumerate() {
        client.write_all(GET).unwrap();
        tcp::until(|| Ok(begun.load(SeqCst) == 1 || number == 1)).unwrap();
    }
    // Connections are accepted in their order: when a third is refused, the second waits for a thread.
    assert!(ask(&tcp::connect(address).unwrap()).starts_with("HTTP/1.1 503 "));
    let stopping = thread::spawn(move || server.stop(STOP_MAX));
    tcp::until(|| Ok(TcpStream::connect(address).is_err())).unwrap();
    door.open();
    for (number, client) in clients.iter().enumerate() {
        assert!(answer(client).ends_with("done"), "client {number}");
    }
    assert_eq!(stopping.join().unwrap(), Ok(()));
}

#[test]
fn a_stop_has_a_deadline() {
    let (server, address, door, begun) = occupied(options(1, 0));
    let mut client = tcp::connect(address).unwrap();
    client.write_all(GET).unwrap();
    tcp::until(|| Ok(begun.load(SeqCst) == 1)).unwrap();
    assert_eq!(server.stop(Duration::from_millis(50)), Err(Unfinished { running: 1 }));
    door.open();
}
