//! What threads that do nothing take: of the program's memory, of the kernel's, and of addresses.

use std::fs;
use std::hint::black_box;
use std::io;
use std::process::exit;
use std::sync::Barrier;
use std::thread;

use witness::lab::{Column, Table, parameter, progress};

/// How much of its stack a thread uses, in the second case.
const USED_BYTES: usize = 64 << 10;

/// In kB.
struct Memory {
    resident: f64,
    page_tables: f64,
    kernel_stacks: f64,
    addresses: f64,
}

fn main() -> io::Result<()> {
    let threads = parameter("threads") as usize;
    let column = |key, title| Column { key, title, unit: "kB", digits: 1 };
    let mut table = Table::new(vec![
        column("resident", "of the program's memory"),
        column("tables", "of page tables"),
        column("kernel", "of the kernel's stacks"),
        column("addresses", "of addresses"),
    ]);
    let cases: [(&str, &str, fn()); 2] = [
        ("sleeps", "sleeps at once", || ()),
        ("used", "has used 64 KiB of its stack, and sleeps", use_stack),
    ];
    for (done, (key, title, work)) in cases.into_iter().enumerate() {
        progress(done, cases.len());
        let (before, with) = around(threads, work)?;
        let each = |with: f64, before: f64| Some((with - before) / threads as f64);
        table.row(
            key,
            title,
            &[
                each(with.resident, before.resident),
                each(with.page_tables, before.page_tables),
                each(with.kernel_stacks, before.kernel_stacks),
                each(with.addresses, before.addresses),
            ],
        );
    }
    progress(cases.len(), cases.len());
    table.note("For each thread. The kernel's stacks are the whole machine's: whatever else was started is in them.");
    table.print();
    Ok(())
}

/// The memory before there are threads, and while all of them sleep.
fn around(threads: usize, work: fn()) -> io::Result<(Memory, Memory)> {
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
    Ok((before, with))
}

#[inline(never)]
fn use_stack() {
    black_box(&[1_u8; USED_BYTES]);
}

fn memory() -> io::Result<Memory> {
    let own = fs::read_to_string("/proc/self/status")?;
    let machine = fs::read_to_string("/proc/meminfo")?;
    Ok(Memory {
        resident: kilobytes(&own, "VmRSS:")?,
        page_tables: kilobytes(&own, "VmPTE:")?,
        kernel_stacks: kilobytes(&machine, "KernelStack:")?,
        addresses: kilobytes(&own, "VmSize:")?,
    })
}

fn kilobytes(text: &str, name: &str) -> io::Result<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    number.ok_or_else(|| io::ErrorKind::InvalidData.into())
}
