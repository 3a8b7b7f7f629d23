//! What it costs to start a thread, a program, and a copy of this process, when it is small and when it is large.

use std::io;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use witness::lab::{Column, Table, parameter, progress};

/// The best of so many is told.
const ROUNDS: usize = 20;
const PAGE_BYTES: usize = 4096;

fn main() -> io::Result<()> {
    // What is started is this program, which then does nothing.
    if std::env::args().any(|argument| argument == "nothing") {
        return Ok(());
    }
    let large = parameter("megabytes") as usize;
    let mut table = Table::new(vec![
        Column { key: "small", title: "from a small process", unit: "µs", digits: 0 },
        Column { key: "large", title: "from a large one", unit: "µs", digits: 0 },
    ]);
    progress(0, 2);
    let small = [best(start_thread)?, best(start_program)?, best(fork)?];
    progress(1, 2);
    // Each page is written to once: it is memory, and not only addresses.
    let mut memory = vec![0_u8; large << 20];
    memory.iter_mut().step_by(PAGE_BYTES).for_each(|byte| *byte = 1);
    let large = [best(start_thread)?, best(start_program)?, best(fork)?];
    drop(memory);
    progress(2, 2);
    let rows = [
        ("thread", "a thread"),
        ("program", "a program, as `Command` starts it"),
        ("fork", "a copy of this process (`fork`)"),
    ];
    for (place, (key, title)) in rows.into_iter().enumerate() {
        let microseconds = |time: Duration| Some(time.as_secs_f64() * 1e6);
        table.row(key, title, &[microseconds(small[place]), microseconds(large[place])]);
    }
    table.note("From the start until it has ended and was waited for; the best of twenty.");
    table.print();
    Ok(())
}

fn best(start: fn() -> io::Result<()>) -> io::Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        start()?;
        best = best.min(begin.elapsed());
    }
    Ok(best)
}

fn start_thread() -> io::Result<()> {
    thread::Builder::new().spawn(|| ())?.join().expect("it does nothing");
    Ok(())
}

fn start_program() -> io::Result<()> {
    let mut command = Command::new("/proc/self/exe");
    command.arg("nothing").stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("it does nothing, and fails")) }
}

/// A child that ends at once.
fn fork() -> io::Result<()> {
    // SAFETY: this process has one thread, so nothing in the child waits for another one; and the child does nothing but end,
    // without running anything that is registered for the end of the parent (`_exit`).
    let child = unsafe { libc::fork() };
    match child {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: it takes a number and does not return.
        0 => unsafe { libc::_exit(0) },
        child => {
            // SAFETY: `child` is this process's and was not waited for; a null pointer asks for no status.
            let waited = unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
            if waited == child { Ok(()) } else { Err(io::Error::last_os_error()) }
        }
    }
}
