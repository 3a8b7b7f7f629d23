//! What it costs a program to be watched: a call into the kernel that does nothing, made by a program at which nobody looks,
//! by one whose calls an eBPF program counts, and by one that a tracer stops at each call.

mod counted;
mod traced;

use std::env;
use std::error::Error;
use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::time::Instant;

use witness::lab::{Column, Table, parameter, progress};

/// In the program that is watched: how many calls it makes.
const CALLS: &str = "WATCHED_CALLS";

fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(calls) = env::var(CALLS) {
        return make_calls(calls.parse()?);
    }
    let calls = parameter("calls");
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("call", "a call that does nothing", "ns", 0),
        column("times", "as a multiple", "×", 1),
        column("counted", "calls counted", "", 0),
    ]);
    progress(0, 3);
    let alone = alone(calls)?;
    table.row("nobody", "nobody", &[Some(alone), Some(1.0), None]);
    progress(1, 3);
    let mut note =
        "The tracer sees a tenth of the calls, and its count is multiplied by ten.".to_owned();
    match beside_a_counter(calls) {
        Ok((time, counted)) => {
            table.row("ebpf", "an eBPF program", &[time, time / alone, counted].map(Some));
        }
        Err(error) => {
            table.row("ebpf", "an eBPF program", &[None; 3]);
            note += &format!(
                " No eBPF: {error}. To load a program takes root (CAP_BPF, CAP_PERFMON), and one that passes."
            );
        }
    }
    progress(2, 3);
    // Each call is two switches to the tracer and back.
    let (time, counted) = stopped_at_each(calls / 10)?;
    table.row("ptrace", "a tracer (ptrace)", &[time, time / alone, counted * 10.0].map(Some));
    progress(3, 3);
    table.note(&note);
    table.print();
    Ok(())
}

/// The program that is watched. It begins when its input ends.
fn make_calls(calls: u64) -> Result<(), Box<dyn Error>> {
    io::stdin().read_to_end(&mut Vec::new())?;
    let begin = Instant::now();
    for _ in 0..calls {
        // SAFETY: A system call that takes nothing and changes nothing.
        unsafe { libc::syscall(libc::SYS_getppid) };
    }
    println!("{}", begin.elapsed().as_nanos() as f64 / calls as f64);
    Ok(())
}

fn watched(calls: u64) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.env(CALLS, calls.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
    Ok(command)
}

fn alone(calls: u64) -> Result<f64, Box<dyn Error>> {
    let output = watched(calls)?.stdin(Stdio::null()).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

fn beside_a_counter(calls: u64) -> Result<(f64, f64), Box<dyn Error>> {
    let mut child = watched(calls)?.spawn()?;
    let counting = counted::Counting::of(child.id());
    drop(child.stdin.take());
    let output = child.wait_with_output()?;
    let counted = counting?.count(libc::SYS_getppid)?;
    Ok((String::from_utf8(output.stdout)?.trim().parse()?, counted as f64))
}

fn stopped_at_each(calls: u64) -> Result<(f64, f64), Box<dyn Error>> {
    let (text, counted) = traced::run(watched(calls)?, |mut stdout, counts| {
        let mut text = String::new();
        let (read, counted) = counts.during(|| stdout.read_to_string(&mut text));
        read.map(|_| (text, counted))
    })??;
    Ok((text.trim().parse()?, counted as f64))
}
