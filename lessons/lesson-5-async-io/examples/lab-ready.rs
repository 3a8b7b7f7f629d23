//! One of many things becomes ready: what does it cost to find out which, if all are handed to the kernel each time (`poll`),
//! and what if the kernel keeps the list (`epoll`, by your reactor)?

use std::error::Error;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use async_io::reactor::{Interest, Reactor, Trigger};
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use witness::lab::{Column, Table, parameter, progress};
use witness::machine::raise_open_files;

const SIZES: [usize; 4] = [10, 100, 1000, 10_000];
/// Counters that are ready in turn; a step that is prime to all sizes.
const STEP: usize = 7919;

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = parameter("rounds") as usize;
    let most = raise_open_files()?.saturating_sub(100);
    let column = |key, title, digits| Column { key, title, unit: "µs", digits };
    let mut table = Table::new(vec![
        column("poll", "poll", 2),
        column("epoll", "epoll", 2),
        Column {
            key: "poll-times",
            title: "poll: times as long as with ten",
            unit: "×",
            digits: 0,
        },
    ]);
    let mut with_ten = None;
    for (done, size) in SIZES.into_iter().enumerate() {
        progress(done, SIZES.len());
        if size > most {
            table.row(&size.to_string(), &format!("{size} watched"), &[None; 3]);
            continue;
        }
        let watched: Vec<OwnedFd> = (0..size).map(|_| counter()).collect::<io::Result<_>>()?;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / rounds as f64;
        let (poll, epoll) = (each(by_poll(&watched, rounds)?), each(by_epoll(&watched, rounds)?));
        let times = poll / *with_ten.get_or_insert(poll);
        let row = [poll, epoll, times].map(Some);
        table.row(&size.to_string(), &format!("{size} watched"), &row);
    }
    progress(SIZES.len(), SIZES.len());
    table.note("The time to make one ready, to find it, and to empty it.");
    table.print();
    Ok(())
}

/// The smallest thing that one can wait for.
fn counter() -> io::Result<OwnedFd> {
    Ok(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)
}

fn make_ready(counter: &OwnedFd) -> io::Result<()> {
    rustix::io::write(counter, &1_u64.to_ne_bytes())?;
    Ok(())
}

fn empty(counter: &OwnedFd) -> io::Result<()> {
    rustix::io::read(counter, &mut [0; 8])?;
    Ok(())
}

fn by_poll(watched: &[OwnedFd], rounds: usize) -> io::Result<Duration> {
    let mut asked: Vec<_> =
        watched.iter().map(|counter| PollFd::new(counter, PollFlags::IN)).collect();
    let begin = Instant::now();
    for round in 0..rounds {
        make_ready(&watched[round * STEP % watched.len()])?;
        poll(&mut asked, None)?;
        let ready = asked.iter().position(|asked| !asked.revents().is_empty());
        empty(&watched[ready.expect("one is ready")])?;
    }
    Ok(begin.elapsed())
}

fn by_epoll(watched: &[OwnedFd], rounds: usize) -> io::Result<Duration> {
    let mut reactor = Reactor::new()?;
    let interest = Interest { read: true, write: false };
    let keys = watched
        .iter()
        .map(|counter| reactor.register(counter, interest, Trigger::Level))
        .collect::<io::Result<Vec<_>>>()?;
    let places: std::collections::HashMap<_, _> = keys.into_iter().zip(watched).collect();
    let begin = Instant::now();
    for round in 0..rounds {
        make_ready(&watched[round * STEP % watched.len()])?;
        reactor.wait(None)?;
        let event = reactor.next().expect("one is ready");
        empty(places[&event.key])?;
    }
    Ok(begin.elapsed())
}
