//! A learner's file in which everything goes wrong that can.

use std::net::TcpStream;
use std::process::Command;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

pub fn task() {
    todo!("write {} some day", "{this}")
}

pub fn asks_again() {
    panic!("witness: wrong: busy loop: `read` was called again");
}

pub fn index(slice: &[u8]) -> u8 {
    slice[7]
}

pub fn panics_twice() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("and again");
        }
    }
    let _bomb = Bomb;
    panic!("once");
}

pub fn overflows(depth: u64) -> u64 {
    let page = [depth; 128];
    overflows(depth + 1) + page[std::hint::black_box(7)]
}

pub fn reads_what_is_not_its_own() -> u8 {
    // SAFETY: none. Nothing is mapped there: that is the point.
    unsafe { std::ptr::read_volatile(std::hint::black_box(8) as *const u8) }
}

pub fn allocates_without_end() {
    loop {
        std::mem::forget(vec![0_u8; 64 << 20]);
    }
}

pub fn prints_without_end() {
    let line = "x".repeat(1023);
    for _ in 0..50 * 1024 {
        println!("{line}");
    }
}

/// A child that holds the test's pipes open.
pub fn leaves_a_child(seconds: &str) {
    Command::new("sleep").arg(seconds).spawn().expect("there is `sleep`");
}

/// Another session, another parent, no environment; it holds the test's pipes open.
pub fn leaves_a_daemon(seconds: &str) {
    let mut daemon = Command::new("setsid");
    daemon.args(["--fork", "env", "-i", "sleep", seconds]);
    assert!(daemon.status().expect("there is `setsid`").success());
}

pub fn leaves_a_thread() {
    thread::spawn(|| {
        loop {
            thread::park();
        }
    });
}

pub fn loops() {
    let mut number = 1_u64;
    while number != 0 {
        number = std::hint::black_box(number | 1);
    }
}

/// Two threads that each hold what the other one waits for.
pub fn locks_in_two_orders() {
    let locks = Arc::new((Mutex::new(()), Mutex::new(())));
    let both = Arc::new(Barrier::new(2));
    let start = |name: &str, swap: bool| {
        let (locks, both) = (Arc::clone(&locks), Arc::clone(&both));
        let work = move || {
            let (first, second) = if swap { (&locks.1, &locks.0) } else { (&locks.0, &locks.1) };
            let _first = first.lock();
            both.wait();
            let _second = second.lock();
        };
        thread::Builder::new().name(name.to_owned()).spawn(work).expect("a thread")
    };
    let threads = [start("left-hand", false), start("right-hand", true)];
    for thread in threads {
        thread.join().expect("it never ends");
    }
}

pub fn waits_for_bytes(stream: &mut TcpStream) {
    use std::io::Read as _;
    stream.read_exact(&mut [0; 4]).expect("they never come");
}

pub fn rejects_what_is_right() {
    panic!("this must not be");
}
