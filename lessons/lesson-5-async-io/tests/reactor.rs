//! Goal: whoever is ready is told, nobody else is, and an event is never about somebody who came later.
//!
//! Method: pairs of sockets, pipes and files, in one thread; a bell and signals from another one.
//! Not proven: what it costs, and what happens with more descriptors than a process may have.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use async_io::reactor::{Event, Interest, Key, Reactor, Trigger};
use witness::tcp::until;
use witness::thread::Thread;

const READ: Interest = Interest { read: true, write: false };
const WRITE: Interest = Interest { read: false, write: true };
/// Far longer than what is ready already takes, and shorter than what ends a test.
const SOON: Duration = Duration::from_secs(2);
/// Signals. The first one that finds the thread in the kernel should end the wait.
const MANY: usize = 100;

/// Two ends that do not block.
fn pair() -> (UnixStream, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("two sockets");
    ours.set_nonblocking(true).expect("a socket");
    theirs.set_nonblocking(true).expect("a socket");
    (ours, theirs)
}

/// All events of one wait.
fn events(reactor: &mut Reactor, timeout: Duration) -> Vec<Event> {
    reactor.wait(Some(timeout)).expect("a wait");
    std::iter::from_fn(|| reactor.next()).collect()
}

fn keys(events: &[Event]) -> Vec<Key> {
    events.iter().map(|event| event.key).collect()
}

/// What a wait returns in which nothing comes but a signal each time that it sleeps, and how many signals that were. After
/// many, the bell ends it.
fn interrupted(reactor: &mut Reactor) -> (io::Result<()>, usize) {
    let flag = Arc::default();
    signal_hook::flag::register(signal_hook::consts::SIGUSR1, flag).expect("a handler");
    let bell = reactor.bell();
    let returned = Arc::new(AtomicBool::new(false));
    let (ended, waiting) = (Arc::clone(&returned), Thread::this().unwrap());
    // SAFETY: it has no preconditions.
    let this = unsafe { libc::pthread_self() };
    let sender = thread::spawn(move || {
        let mut signals = 0;
        let done = until(|| {
            if !ended.load(SeqCst) && waiting.is_asleep()? {
                // SAFETY: the thread of this number joins this one before it ends.
                unsafe { libc::pthread_kill(this, libc::SIGUSR1) };
                signals += 1;
            }
            Ok(ended.load(SeqCst) || signals == MANY)
        });
        if !ended.load(SeqCst) {
            bell.ring();
        }
        done.expect("it waits");
        signals
    });
    let result = reactor.wait(None);
    returned.store(true, SeqCst);
    (result, sender.join().expect("it does not panic"))
}

#[test]
fn what_has_something_to_read_is_told_with_its_key() {
    let mut reactor = Reactor::new().unwrap();
    let (ours, mut theirs) = pair();
    let (silent, _peer) = pair();
    let key = reactor.register(&ours, READ, Trigger::Level).unwrap();
    let other = reactor.register(&silent, READ, Trigger::Level).unwrap();
    assert_ne!(key, other);
    assert_eq!(events(&mut reactor, Duration::ZERO), []);
    theirs.write_all(b"x").unwrap();
    assert_eq!(events(&mut reactor, SOON), [Event { key, read: true, write: false }]);
}

#[test]
fn level_tells_again_as_long_as_something_is_left() {
    let mut reactor = Reactor::new().unwrap();
    let (mut ours, mut theirs) = pair();
    let key = reactor.register(&ours, READ, Trigger::Level).unwrap();
    theirs.write_all(b"ab").unwrap();
    assert_eq!(keys(&events(&mut reactor, SOON)), [key]);
    ours.read_exact(&mut [0]).unwrap();
    assert_eq!(keys(&events(&mut reactor, SOON)), [key], "one of two bytes is left");
    ours.read_exact(&mut [0]).unwrap();
    assert_eq!(events(&mut reactor, Duration::ZERO), []);
}

#[test]
fn edge_tells_once_for_each_arrival() {
    let mut reactor = Reactor::new().unwrap();
    let (mut ours, mut theirs) = pair();
    let key = reactor.register(&ours, READ, Trigger::Edge).unwrap();
    theirs.write_all(b"ab").unwrap();
    assert_eq!(keys(&events(&mut reactor, SOON)), [key]);
    ours.read_exact(&mut [0]).unwrap();
    assert_eq!(events(&mut reactor, Duration::ZERO), [], "one byte is left, and nothing has come");
    theirs.write_all(b"c").unwrap();
    assert_eq!(keys(&events(&mut reactor, SOON)), [key], "something has come");
}

#[test]
fn what_is_ready_before_it_is_registered_is_told_too() {
    for trigger in [Trigger::Level, Trigger::Edge] {
        let mut reactor = Reactor::new().unwrap();
        let (ours, mut theirs) = pair();
        theirs.write_all(b"x").unwrap();
        let key = reactor.register(&ours, READ, trigger).unwrap();
        assert_eq!(keys(&events(&mut reactor, SOON)), [key], "{trigger:?}");
    }
}

#[test]
fn what_is_waited_for_can_be_changed() {
    let mut reactor = Reactor::new().unwrap();
    let (ours, mut theirs) = pair();
    let key = reactor.register(&ours, READ, Trigger::Level).unwrap();
    reactor.change(key, &ours, WRITE, Trigger::Level).unwrap();
    theirs.write_all(b"x").unwrap();
    assert_eq!(events(&mut reactor, SOON), [Event { key, read: false, write: true }]);
}

#[test]
fn whoever_waits_for_a_byte_is_told_of_the_end() {
    let mut reactor = Reactor::new().unwrap();
    let (socket, peer) = pair();
    let (pipe, writer) = std::io::pipe().unwrap();
    let half = reactor.register(&socket, READ, Trigger::Level).unwrap();
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    let told = events(&mut reactor, SOON);
    assert_eq!(told, [Event { key: half, read: true, write: false }], "the peer sends no more");
    reactor.deregister(half, &socket).unwrap();
    // For a pipe without a writer the kernel says "hung up", and not "readable".
    let hung_up = reactor.register(&pipe, READ, Trigger::Level).unwrap();
    drop(writer);
    let told = events(&mut reactor, SOON);
    assert_eq!(keys(&told), [hung_up]);
    assert!(told[0].read, "a pipe that nobody writes into any more: reading returns 0");
}

#[test]
fn whoever_waits_for_room_is_told_of_an_error() {
    let mut reactor = Reactor::new().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    // Full, so that there is no room to be told of.
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while rustix::io::write(&writer, &[0; 4096]).is_ok() {}
    let key = reactor.register(&writer, WRITE, Trigger::Level).unwrap();
    assert_eq!(events(&mut reactor, Duration::ZERO), []);
    drop(reader);
    let told = events(&mut reactor, SOON);
    assert_eq!(keys(&told), [key]);
    assert!(told[0].write, "a pipe that nobody reads: writing returns an error");
}

#[test]
fn whoever_waits_for_the_other_direction_is_told_too() {
    let mut reactor = Reactor::new().unwrap();
    let (reader, gone) = std::io::pipe().unwrap();
    let key = reactor.register(&reader, WRITE, Trigger::Level).unwrap();
    assert_eq!(events(&mut reactor, Duration::ZERO), []);
    drop(gone);
    let told = events(&mut reactor, SOON);
    assert_eq!(told, [Event { key, read: true, write: true }], "hung up on, and waits to write");
    reactor.deregister(key, &reader).unwrap();
    let (gone, writer) = std::io::pipe().unwrap();
    let key = reactor.register(&writer, READ, Trigger::Level).unwrap();
    assert_eq!(events(&mut reactor, Duration::ZERO), []);
    drop(gone);
    let told = events(&mut reactor, SOON);
    assert_eq!(told, [Event { key, read: true, write: true }], "has an error, and waits to read");
}

#[test]
fn who_leaves_takes_the_events_that_were_fetched_already_along() {
    let mut reactor = Reactor::new().unwrap();
    let (one, mut its_peer) = pair();
    let (other, mut other_peer) = pair();
    let mut sockets = Vec::new();
    for (socket, peer) in [(one, &mut its_peer), (other, &mut other_peer)] {
        let key = reactor.register(&socket, READ, Trigger::Level).unwrap();
        peer.write_all(b"x").unwrap();
        sockets.push((key, socket));
    }
    reactor.wait(Some(SOON)).unwrap();
    let first = reactor.next().expect("both are ready").key;
    // Whoever handles the first event closes the other connection, and accepts a new one.
    let place = sockets.iter().position(|&(key, _)| key != first).unwrap();
    let (gone, socket) = sockets.remove(place);
    reactor.deregister(gone, &socket).unwrap();
    drop(socket);
    let (newcomer, _its_peer) = pair();
    let new = reactor.register(&newcomer, READ, Trigger::Level).unwrap();
    assert_ne!(new, gone, "keys are not used again");
    assert_eq!(reactor.next(), None, "the event that is left was about somebody who has gone");
}

#[test]
fn what_cannot_be_watched_leaves_nothing_behind() {
    let mut reactor = Reactor::new().unwrap();
    let file = File::open("/proc/self/exe").unwrap();
    let error = reactor.register(&file, READ, Trigger::Level).expect_err("files are always ready");
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    let (ours, _theirs) = pair();
    let key = reactor.register(&ours, READ, Trigger::Level).unwrap();
    let error = reactor.register(&ours, WRITE, Trigger::Level).expect_err("once is enough");
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(reactor.len(), 1);
    reactor.deregister(key, &ours).unwrap();
    assert_eq!(reactor.len(), 0);
    assert!(reactor.deregister(key, &ours).is_err(), "it has gone");
}

#[test]
fn a_refused_connection_is_told() {
    let mut reactor = Reactor::new().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let socket = rustix::net::socket_with(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        rustix::net::SocketFlags::NONBLOCK | rustix::net::SocketFlags::CLOEXEC,
        None,
    );
    let socket = TcpStream::from(socket.unwrap());
    // Loopback is quick: the refusal may be there at once.
    let _ = rustix::net::connect(&socket, &nobody);
    let key = reactor.register(&socket, WRITE, Trigger::Edge).unwrap();
    assert_eq!(keys(&events(&mut reactor, SOON)), [key]);
}

#[test]
fn of_many_only_those_are_told_that_are_ready() {
    let mut reactor = Reactor::new().unwrap();
    let mut pairs: Vec<_> = (0..200).map(|_| pair()).collect();
    let registered: Vec<_> = pairs
        .iter()
        .map(|(ours, _)| reactor.register(ours, READ, Trigger::Level).unwrap())
        .collect();
    for ready in [150, 3, 77] {
        pairs[ready].1.write_all(b"x").unwrap();
    }
    let told = keys(&events(&mut reactor, SOON));
    assert_eq!(told.len(), 3);
    for ready in [150, 3, 77] {
        assert!(told.contains(&registered[ready]), "number {ready} of 200");
    }
}

#[test]
fn what_one_batch_cannot_hold_comes_in_the_next() {
    let mut reactor = Reactor::new().unwrap();
    // More than a batch has places for.
    let mut pairs: Vec<_> = (0..300).map(|_| pair()).collect();
    for (ours, theirs) in &mut pairs {
        reactor.register(ours, READ, Trigger::Edge).unwrap();
        theirs.write_all(b"x").unwrap();
    }
    let mut told = keys(&events(&mut reactor, SOON));
    assert!(!told.is_empty());
    while told.len() < 300 {
        let more = keys(&events(&mut reactor, SOON));
        assert!(!more.is_empty(), "told of {} of 300", told.len());
        told.extend(more);
    }
    told.sort_by_key(|key| key.to_bits());
    told.dedup();
    assert_eq!(told.len(), 300, "each once");
}

#[test]
fn a_bell_ends_the_wait_from_another_thread() {
    let mut reactor = Reactor::new().unwrap();
    let bell = reactor.bell();
    let waiting = Thread::this().unwrap();
    let ringer = thread::spawn(move || {
        waiting.until_asleep().expect("it waits");
        bell.ring();
    });
    // Without the bell it would wait for ever.
    reactor.wait(None).unwrap();
    assert_eq!(reactor.next(), None, "the bell's event is nobody's");
    ringer.join().unwrap();
}

#[test]
fn a_bell_that_was_rung_before_ends_the_next_wait_and_only_that() {
    let mut reactor = Reactor::new().unwrap();
    let bell = reactor.bell();
    bell.ring();
    bell.ring();
    reactor.wait(None).unwrap();
    assert_eq!(reactor.next(), None);
    let (ours, mut theirs) = pair();
    let key = reactor.register(&ours, READ, Trigger::Level).unwrap();
    theirs.write_all(b"x").unwrap();
    assert_eq!(keys(&events(&mut reactor, SOON)), [key], "the reactor goes on as before");
}

#[test]
fn what_stands_behind_the_bell_in_a_batch_is_told() {
    let mut reactor = Reactor::new().unwrap();
    let (ours, mut theirs) = pair();
    let key = reactor.register(&ours, READ, Trigger::Edge).unwrap();
    reactor.bell().ring();
    theirs.write_all(b"x").unwrap();
    reactor.wait(Some(SOON)).unwrap();
    let told: Vec<_> = std::iter::from_fn(|| reactor.next()).collect();
    assert_eq!(keys(&told), [key], "the bell was rung first, and the socket is told only once");
}

#[test]
fn a_signal_is_no_error() {
    let mut reactor = Reactor::new().unwrap();
    let (result, _) = interrupted(&mut reactor);
    result.expect("a wait that a signal ends has no events");
}

#[test]
fn a_signal_ends_the_wait() {
    let mut reactor = Reactor::new().unwrap();
    let (_, signals) = interrupted(&mut reactor);
    assert!(
        signals < MANY,
        "{MANY} signals came, and the wait slept on: the loop never comes round"
    );
}

#[test]
fn the_batch_of_an_interrupted_wait_is_empty_and_the_next_one_is_not() {
    let mut reactor = Reactor::new().unwrap();
    let (ours, mut theirs) = pair();
    let key = reactor.register(&ours, READ, Trigger::Edge).unwrap();
    theirs.write_all(b"a").unwrap();
    // Nobody takes its event.
    reactor.wait(Some(SOON)).unwrap();
    let _ = interrupted(&mut reactor);
    assert_eq!(reactor.next(), None, "an event of the batch before the interrupted one");
    theirs.write_all(b"b").unwrap();
    assert_eq!(keys(&events(&mut reactor, SOON)), [key], "something has come behind the signal");
}
