//! `load-tester URL`: reads the command line and calls the library.

#![forbid(unsafe_code)]

use std::io::{IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anstream::{eprintln, println};
use clap::Parser;
use load_tester::answers::{Expected, Wrong};
use load_tester::plan::{Pace, Plan};
use load_tester::probe::probe;
use load_tester::processes::Processes;
use load_tester::ramp::{Promise, Step, ramp};
use load_tester::report::{self, Report, duration};
use load_tester::run::run;
use load_tester::tally::Moment;
use load_tester::target::{Request, Target};
use load_tester::versus::{Quotient, Side, Versus, versus};
use xtask::paint::{BAD, FAINT, GOOD, UNSURE, paint};

/// Loads an HTTP/1.1 server and says what it did.
///
/// Every answer is verified: its status, its framing, and that its body is that of the first answer. Exit status: 0 all
/// were right, 1 some were not, 2 usage, 4 the server cannot be reached.
#[derive(Parser)]
#[command(name = "load-tester", version, max_term_width = 100)]
struct Arguments {
    /// `http://127.0.0.1:8080/plaintext`
    url: String,
    /// Connections at a time
    #[arg(short, long, default_value_t = 64, value_parser = at_least_one, value_name = "N")]
    connections: usize,
    /// How long is measured: `10`, `10s`, `500ms`, `2m`
    #[arg(short, long, default_value = "10s", value_parser = seconds, value_name = "TIME")]
    duration: Duration,
    /// Measure so many requests at most
    #[arg(short = 'n', long, value_name = "N")]
    requests: Option<u64>,
    /// Load for so long before anything is counted
    #[arg(short, long, default_value = "1s", value_parser = seconds, value_name = "TIME")]
    warm_up: Duration,
    /// Closed loop: send so many requests at once on each connection
    #[arg(short, long, default_value_t = 1, value_parser = at_least_one, value_name = "N", conflicts_with_all = ["rate", "ramp"])]
    pipeline: usize,
    /// Open loop: so many requests a second, whatever the server does; latencies begin when a request was due
    #[arg(short, long, value_parser = positive, value_name = "N", conflicts_with = "ramp")]
    rate: Option<f64>,
    /// Open loop: search the highest rate at which 99 of 100 answers come within this time
    #[arg(long, value_parser = seconds, value_name = "TIME")]
    ramp: Option<Duration>,
    /// A new connection for each request
    #[arg(long, conflicts_with = "pipeline")]
    no_keep_alive: bool,
    /// Threads of the generator
    #[arg(short, long, default_value_t = 1, value_parser = at_least_one, value_name = "N")]
    threads: usize,
    /// An answer that takes longer is a failure
    #[arg(long, default_value = "10s", value_parser = seconds, value_name = "TIME")]
    timeout: Duration,
    /// The method
    #[arg(short = 'X', long, default_value = "GET")]
    method: String,
    /// `name: value`, may be given again
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    /// Send this body
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// Send this file as the body
    #[arg(long, value_name = "FILE", conflicts_with = "body")]
    body_file: Option<PathBuf>,
    /// The status that answers must have
    #[arg(long, default_value_t = 200, value_name = "STATUS")]
    status: u16,
    /// Bodies may differ from the first answer's
    #[arg(long)]
    varying: bool,
    /// A process of the server (with those that it has started); by default those that listen at the port
    #[arg(long = "pid", value_name = "PID")]
    pids: Vec<u32>,
    /// Compare with another server, in slices of `--slice` in turn
    #[arg(long, value_name = "URL", conflicts_with_all = ["ramp", "requests"])]
    versus: Option<String>,
    /// A process of that server
    #[arg(long = "versus-pid", value_name = "PID", requires = "versus")]
    versus_pids: Vec<u32>,
    /// How long one is loaded before it is the other's turn
    #[arg(long, default_value = "250ms", value_parser = seconds, value_name = "TIME", requires = "versus")]
    slice: Duration,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
    /// Write the seconds of the run there
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write a page with plots there
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The server may be on another machine, and yours
    #[arg(long)]
    allow_remote: bool,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=65_536) => Ok(number),
        _ => Err("a whole number from 1 to 65536".to_owned()),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 1e7 => Ok(number),
        _ => Err("a number above 0, at most 10 million".to_owned()),
    }
}

/// `10`, `10s`, `500ms`, `2m`.
fn seconds(text: &str) -> Result<Duration, String> {
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let factor = match unit {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" => 60.0,
        _ => return Err("a time is `500ms`, `10s` or `2m`".to_owned()),
    };
    match number.parse::<f64>().map(|number| number * factor) {
        Ok(seconds) if seconds <= 86_400.0 => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("a time is `500ms`, `10s` or `2m`, at most a day".to_owned()),
    }
}

/// What ends the program before its time.
struct Failed {
    status: u8,
    why: String,
}

fn usage(why: impl std::fmt::Display) -> Failed {
    Failed { status: 2, why: why.to_string() }
}

fn unable(why: impl std::fmt::Display) -> Failed {
    Failed { status: 4, why: why.to_string() }
}

fn main() -> ExitCode {
    match load(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(Failed { status, why }) => {
            eprintln!("{}{why}", paint(BAD, "error: "));
            ExitCode::from(status)
        }
    }
}

/// Does what is asked. Says whether every answer was right.
fn load(arguments: &Arguments) -> Result<bool, Failed> {
    let plan = plan(arguments, &arguments.url)?;
    if let Some(p99) = arguments.ramp {
        return search(arguments, &plan, p99);
    }
    let processes = processes(&plan, &arguments.pids);
    if let Some(url) = &arguments.versus {
        let other = self::plan(arguments, url)?;
        let others = self::processes(&other, &arguments.versus_pids);
        let sides = [Side { plan, processes }, Side { plan: other, processes: others }];
        return compare(arguments, sides);
    }
    let outcome = run(&plan, &processes, &mut progress(arguments)).map_err(unable)?;
    clear_line();
    let report = Report::of(&plan, &outcome);
    match arguments.json {
        true => println!("{}", report.json()),
        false => print!("{}", report::text(&report)),
    }
    write(arguments.csv.as_deref(), || report.csv())?;
    write(arguments.html.as_deref(), || report::html(&report))?;
    Ok(report.failures.sum() == 0 && report.unanswered == 0)
}

use anstream::print;

/// What is to be done with a URL, which is asked once before.
fn plan(arguments: &Arguments, url: &str) -> Result<Plan, Failed> {
    let body = match (&arguments.body, &arguments.body_file) {
        (Some(text), _) => Some(text.clone().into_bytes()),
        (None, Some(file)) => Some(
            std::fs::read(file)
                .map_err(|error| usage(format!("cannot read `{}`: {error}", file.display())))?,
        ),
        (None, None) => None,
    };
    let request = Request {
        method: arguments.method.clone(),
        headers: arguments.headers.clone(),
        body,
        close: arguments.no_keep_alive,
    };
    let target = Target::new(url, &request, arguments.allow_remote).map_err(usage)?;
    let seen =
        probe(&target, arguments.timeout).map_err(|wrong| unable(unreachable(&target, &wrong)))?;
    if seen.status != arguments.status {
        let (url, got, wanted) = (&target.url, seen.status, arguments.status);
        return Err(unable(format!(
            "`{url}` answers with the status {got}, not {wanted} (`--status {got}` expects it)"
        )));
    }
    Ok(Plan {
        expected: Expected {
            status: arguments.status,
            body: (!arguments.varying).then_some(seen.body),
            head: target.head,
        },
        target,
        connections: arguments.connections,
        pace: match arguments.rate {
            Some(rate) => Pace::Open { rate },
            None => Pace::Closed { pipeline: arguments.pipeline },
        },
        keep_alive: !arguments.no_keep_alive,
        threads: arguments.threads,
        warm_up: arguments.warm_up,
        duration: arguments.duration,
        requests: arguments.requests,
        timeout: arguments.timeout,
    })
}

fn unreachable(target: &Target, wrong: &Wrong) -> String {
    let (url, address) = (&target.url, target.address);
    match wrong {
        Wrong::Io(error) => {
            format!("nobody answers at `{address}`: {error} (is the server running?)")
        }
        Wrong::Ended => format!("`{url}`: the connection ended before the answer did"),
        Wrong::Malformed(why) => format!("`{url}` does not answer in HTTP/1: {why}"),
        Wrong::Status(_) | Wrong::Body(_) => format!("`{url}` does not answer as expected"),
    }
}

fn processes(plan: &Plan, pids: &[u32]) -> Processes {
    match pids {
        [] if plan.target.address.ip().is_loopback() => Processes::listening(plan.target.address),
        pids => Processes::named(pids.to_vec()),
    }
}

/// A line at the bottom of the terminal, where there is one.
fn progress(arguments: &Arguments) -> impl FnMut(&Moment) -> ControlFlow<()> + use<> {
    let all = arguments.duration.as_secs_f64();
    let shown = std::io::stderr().is_terminal();
    move |moment| {
        if shown {
            let Moment { at_seconds, seconds, answers, failures, p50_ms, p99_ms, .. } = *moment;
            let rate = answers as f64 / seconds;
            let (p50, p99) = (duration(p50_ms), duration(p99_ms));
            eprint!(
                "\r\x1b[2K{at_seconds:.0} of {all:.0} s   {rate:.0}/s   p50 {p50}   p99 {p99}   {failures} failures"
            );
        }
        ControlFlow::Continue(())
    }
}

use anstream::eprint;

fn clear_line() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[2K");
        _ = std::io::stderr().flush();
    }
}

fn write(file: Option<&Path>, content: impl FnOnce() -> String) -> Result<(), Failed> {
    let Some(file) = file else { return Ok(()) };
    std::fs::write(file, content())
        .map_err(|error| unable(format!("cannot write `{}`: {error}", file.display())))
}

fn search(arguments: &Arguments, plan: &Plan, p99: Duration) -> Result<bool, Failed> {
    let promise = Promise { p99, first: 1000.0 };
    if !arguments.json {
        println!("{:>10}  {:>10}  {:>10}", "asked /s", "came /s", "p99");
    }
    let mut tried = |step: &Step| {
        if arguments.json {
            println!("{}", serde_json::to_string(step).expect("all keys are strings"));
            return;
        }
        let verdict = match (&step.generator_limit, step.kept) {
            (_, true) => paint(GOOD, "kept"),
            (Some(why), false) => paint(UNSURE, format!("not kept, and {why}")),
            (None, false) if step.failures > 0 => paint(BAD, format!("{} failures", step.failures)),
            (None, false) => paint(BAD, "not kept"),
        };
        let Step { rate, answered, p99_ms, .. } = step;
        println!("{rate:>10.0}  {answered:>10.0}  {:>10}  {verdict}", duration(*p99_ms));
    };
    let found = ramp(plan, &promise, &mut tried).map_err(unable)?;
    let limit = duration(p99.as_secs_f64() * 1e3);
    if !arguments.json {
        match found {
            Some(rate) => {
                println!("\n99 of 100 answers within {limit}, up to {rate:.0} requests a second")
            }
            None => println!("\nno rate keeps 99 of 100 answers within {limit}"),
        }
    }
    Ok(found.is_some())
}

fn compare(arguments: &Arguments, sides: [Side; 2]) -> Result<bool, Failed> {
    let slice = |side: Side| Side {
        plan: Plan { warm_up: arguments.slice / 5, duration: arguments.slice, ..side.plan },
        ..side
    };
    let sides = sides.map(slice);
    let pair = arguments.slice.as_secs_f64() * 2.4;
    let pairs = (arguments.duration.as_secs_f64() / pair).ceil() as usize;
    let shown = std::io::stderr().is_terminal();
    let compared = versus(&sides, pairs, &mut |done, _| {
        if shown {
            eprint!("\r\x1b[2Kpair {done} of {pairs}");
        }
    });
    clear_line();
    let compared = compared.map_err(unable)?;
    let right = compared.failures == [0, 0];
    match arguments.json {
        true => println!("{}", serde_json::to_string(&compared).expect("all keys are strings")),
        false => show(&sides, &compared),
    }
    Ok(right)
}

fn show(sides: &[Side; 2], compared: &Versus) {
    let [first, second] = sides.each_ref().map(|side| &side.plan.target.url);
    let pairs = compared.pairs;
    println!(
        "{first}\n  divided by\n{second}\n{}\n",
        paint(FAINT, format!("{pairs} pairs of slices in turn"))
    );
    let row = |name: &str, quotient: &Quotient| {
        let Quotient { median, low, high } = quotient;
        println!("{name:<26}{median:.3}   {}", paint(FAINT, format!("{low:.3} to {high:.3}")));
    };
    row("requests a second", &compared.rate);
    row("p50", &compared.p50);
    row("p99", &compared.p99);
    match &compared.cpu {
        Some(cpu) => row("processor a request", cpu),
        None => println!("processor a request       not known (`--pid`, `--versus-pid`)"),
    }
    if compared.failures != [0, 0] {
        let [first, second] = compared.failures;
        println!("{}", paint(BAD, format!("failures: {first} and {second}")));
    }
    if compared.generator_limited > 0 {
        let slices = compared.generator_limited;
        println!(
            "{}",
            paint(
                UNSURE,
                format!("in {slices} slices the generator was the limit: trust the processor time")
            )
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_one() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn times_have_units() {
        assert_eq!(seconds("10"), Ok(Duration::from_secs(10)));
        assert_eq!(seconds("0.5s"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(seconds("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "s", "1h", "-1", "1.2.3", "999999"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
