//! What it costs to go from one thread to another one, and what smaller things cost.
//!
//! Two threads take turns over two pipes: each writes a byte, which wakes the other one, and sleeps until a byte comes back.
//! On one processor every turn is a context switch; on two, it is a wake-up across processors.

use std::hint::black_box;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::thread;
use std::time::Instant;

use rustix::process::getppid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use witness::lab::{Column, Table, parameter, progress};
use witness::thread::Thread;

/// The best of so many rounds is told.
const ROUNDS: usize = 5;

/// Nanoseconds, and sleeps of a thread, for each time.
type Measure<'a> = &'a dyn Fn() -> io::Result<(f64, f64)>;

fn main() -> io::Result<()> {
    let turns = parameter("turns");
    let mut table = Table::new(vec![
        Column { key: "time", title: "each", unit: "ns", digits: 1 },
        Column { key: "sleeps", title: "sleeps of a thread, each", unit: "", digits: 2 },
    ]);
    let processors = processors()?;
    let call = || Ok((timed(turns, || black_box(black_box(add)(1))), 0.0));
    let system_call = || Ok((timed(turns, || black_box(getppid())), 0.0));
    let one = || taking_turns(turns, [processors[0]; 2]);
    let two = || taking_turns(turns, [processors[0], processors[1]]);
    let mut cases: Vec<(&str, &str, Measure<'_>)> = vec![
        ("call", "a function call", &call),
        ("system-call", "a system call (`getppid`)", &system_call),
        ("switch", "a turn, both threads on one processor", &one),
    ];
    if processors.len() > 1 {
        cases.push(("wake-up", "a turn, each on a processor of its own", &two));
    }
    for (done, (key, title, measure)) in cases.iter().enumerate() {
        progress(done, cases.len());
        let rounds = (0..ROUNDS).map(|_| measure()).collect::<io::Result<Vec<_>>>()?;
        let best = rounds.into_iter().min_by(|(one, _), (other, _)| one.total_cmp(other));
        let (time, sleeps) = best.expect("there are rounds");
        table.row(key, title, &[Some(time), Some(sleeps)]);
    }
    progress(cases.len(), cases.len());
    table.note("The best of five rounds.");
    table.print();
    Ok(())
}

#[inline(never)]
fn add(number: u64) -> u64 {
    number + 1
}

/// Nanoseconds for each time.
fn timed<T>(times: u64, mut work: impl FnMut() -> T) -> f64 {
    let begin = Instant::now();
    for _ in 0..times {
        black_box(work());
    }
    begin.elapsed().as_nanos() as f64 / times as f64
}

/// The processors that this process may use.
fn processors() -> io::Result<Vec<usize>> {
    let allowed = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|&processor| allowed.is_set(processor)).collect())
}

/// Nanoseconds and sleeps for each turn of two threads, each on one of these processors.
fn taking_turns(turns: u64, processors: [usize; 2]) -> io::Result<(f64, f64)> {
    let ((here, to_other), (there, to_this)) = (pipe()?, pipe()?);
    let other = thread::spawn(move || answer(turns, processors[1], here, to_this));
    let before = sched_getaffinity(None)?;
    pin(processors[0])?;
    let this = Thread::this()?;
    let sleeps = this.sleeps()?;
    let asked = ask(turns, there, to_other);
    let sleeps = this.sleeps()? - sleeps;
    // What is measured next is to begin as this did.
    sched_setaffinity(None, &before)?;
    other.join().expect("it does not panic")?;
    // There and back are two turns, one of each thread.
    Ok((asked? / 2.0, sleeps as f64 / turns as f64))
}

fn ask(turns: u64, mut from: PipeReader, mut to: PipeWriter) -> io::Result<f64> {
    let mut byte = [0];
    let begin = Instant::now();
    for _ in 0..turns {
        to.write_all(&byte)?;
        from.read_exact(&mut byte)?;
    }
    Ok(begin.elapsed().as_nanos() as f64 / turns as f64)
}

fn answer(
    turns: u64,
    processor: usize,
    mut from: PipeReader,
    mut to: PipeWriter,
) -> io::Result<()> {
    pin(processor)?;
    let mut byte = [0];
    for _ in 0..turns {
        from.read_exact(&mut byte)?;
        to.write_all(&byte)?;
    }
    Ok(())
}

fn pin(processor: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(processor);
    Ok(sched_setaffinity(None, &set)?)
}
