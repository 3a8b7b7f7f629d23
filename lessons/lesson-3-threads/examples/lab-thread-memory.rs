//! What threads that do nothing take: of the program's memory, of page tables, and of the kernel's memory.
//!
//! Each case has a process of its own: what threads have left behind, their stacks for example, is used again for the next.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io;
use std::process::{Command, Stdio, exit};
use std::sync::Barrier;
use std::thread;

use witness::lab::{Column, Table, parameter, progress};

/// How much of its stack a thread uses, in the second case.
const USED_BYTES: usize = 64 << 10;
/// What is looked at, in kB: where, and below which name.
const LOOKED_AT: [(&str, &str); 3] = [
    ("/proc/self/status", "VmRSS:"),
    ("/proc/self/status", "VmPTE:"),
    ("/proc/meminfo", "KernelStack:"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let threads = parameter("threads") as usize;
    if let Some(case) = std::env::args().find_map(|it| Some(it.strip_prefix("case=")?.to_owned())) {
        let work = if case == "used" { use_stack } else { || () };
        let taken = around(threads, work)?;
        println!("{}", taken.map(|kilobytes| kilobytes.to_string()).join(" "));
        return Ok(());
    }
    let column = |key, title| Column { key, title, unit: "kB", digits: 1 };
    let mut table = Table::new(vec![
        column("resident", "of the program's memory"),
        column("tables", "of page tables"),
        column("kernel", "of the kernel's stacks"),
    ]);
    let cases =
        [("sleeps", "sleeps at once"), ("used", "has used 64 KiB of its stack, and sleeps")];
    for (done, (key, title)) in cases.into_iter().enumerate() {
        progress(done, cases.len());
        let mut command = Command::new("/proc/self/exe");
        command.args([format!("threads={threads}"), format!("case={key}")]);
        let output = command.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("no measurement of the case `{key}`").into());
        }
        let taken = String::from_utf8(output.stdout)?;
        let each = |taken: &str| taken.parse::<f64>().map(|taken| Some(taken / threads as f64));
        let row = taken.split_whitespace().map(each).collect::<Result<Vec<_>, _>>()?;
        table.row(key, title, &row);
    }
    progress(cases.len(), cases.len());
    table.note("For each thread. The kernel's stacks are the whole machine's: whatever else was started is in them.");
    table.print();
    Ok(())
}

/// How much more memory there is in use while all threads sleep than before.
fn around(threads: usize, work: fn()) -> io::Result<[f64; 3]> {
    let (asleep, over) = (Barrier::new(threads + 1), Barrier::new(threads + 1));
    let before = memory()?;
    let with = thread::scope(|scope| {
        for _ in 0..threads {
            let started = thread::Builder::new().spawn_scoped(scope, || {
                work();
                asleep.wait();
                over.wait();
            });
            if let Err(error) = started {
                // The others would wait for it.
                eprintln!("error: no more threads: {error}");
                exit(1);
            }
        }
        asleep.wait();
        let with = memory();
        over.wait();
        with
    })?;
    Ok(std::array::from_fn(|which| with[which] - before[which]))
}

#[inline(never)]
fn use_stack() {
    let mut used = [0_u8; USED_BYTES];
    black_box(&mut used).fill(1);
    black_box(&used);
}

fn memory() -> io::Result<[f64; 3]> {
    let mut memory = [0.0; 3];
    for (number, (path, name)) in memory.iter_mut().zip(LOOKED_AT) {
        let text = fs::read_to_string(path)?;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
        *number = kilobytes.ok_or(io::ErrorKind::InvalidData)?;
    }
    Ok(memory)
}
