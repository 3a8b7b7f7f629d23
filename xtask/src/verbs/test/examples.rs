//! The steps that run what learners run: each lab with its smallest parameters, each trace, and each rung's server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::{Tally, Trouble};
use crate::check::build::cargo;
use crate::trace::Recorded;
use crate::verbs::measure::trace_file;
use crate::verbs::{lab, name_of, trace};
use crate::workbook::{Lesson, Trace, Workbook};

/// How long a server may take for anything.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(10);

/// How many requests a rung must answer.
const REQUESTS: usize = 100;
/// How many under load.
const LOAD: usize = 10_000;

/// Each lab prints a table in which something was measured; each prediction finds its number there.
pub(super) fn labs(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    for lesson in &workbook.lessons {
        for lab in &lesson.labs {
            let smallest = lab.parameters.iter();
            let set: Vec<_> =
                smallest.map(|each| format!("{}={}", each.name.get_ref(), each.min)).collect();
            let what = format!("{}/{}: the lab, {}", lesson.name(), lab.id(), set.join(" "));
            let table = lab::measure(workbook, lesson, lab, &set, true);
            let result = match &table {
                Ok(table) if table.rows.is_empty() => Err("its table is empty".to_owned()),
                Ok(_) => Ok(()),
                Err(trouble) => Err(trouble.to_string()),
            };
            tally.judge(&what, result);
            let Ok(table) = table else { continue };
            for exercise in &lesson.exercises {
                let Some(predict) = &exercise.predict else { continue };
                if predict.lab.get_ref() == lab.id() {
                    let found = table.value(&predict.row, &predict.column);
                    let result = found.map(|_| ()).ok_or_else(|| {
                        format!("no `{}` of `{}` in the table", predict.column, predict.row)
                    });
                    let name = name_of(lesson, exercise);
                    tally.judge(&format!("{name}: what it predicts is measured"), result);
                }
            }
        }
    }
    Ok(())
}

/// Each trace goes the way that the book shows.
pub(super) fn traces(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    for lesson in &workbook.lessons {
        for each in &lesson.traces {
            let what = format!("{}/{}: the trace", lesson.name(), each.id());
            let result =
                record_again(workbook, lesson, each).map_err(|trouble| trouble.to_string());
            tally.judge(&what, result);
        }
    }
    Ok(())
}

fn record_again(workbook: &Workbook, lesson: &Lesson, each: &Trace) -> Result<(), Trouble> {
    let file = trace_file(lesson, each);
    let kept = std::fs::read_to_string(workbook.root.join(&file)).map_err(|error| {
        format!("{}: {error} (`cargo xtask measure traces` records it)", file.display())
    })?;
    let kept = Recorded::parse(&kept).map_err(|error| format!("{}: {error}", file.display()))?;
    let now = trace::record(workbook, lesson, each, &[], true)?;
    Ok(kept.same_course(&now)?)
}

/// Each rung answers requests over a real socket.
pub(super) fn rungs(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    for lesson in workbook.lessons.iter().filter(|lesson| lesson.rung.is_some()) {
        let what = format!("{}: its server answers {REQUESTS} requests", lesson.name());
        let result = ask_server(workbook, lesson).map_err(|trouble| trouble.to_string());
        tally.judge(&what, result);
        let what = format!("cargo xtask load {}: no failure in {LOAD} requests", lesson.name());
        tally.judge(&what, load(workbook, lesson)?);
    }
    Ok(())
}

/// Loads a lesson's server as a learner does.
fn load(workbook: &Workbook, lesson: &Lesson) -> Result<Result<(), String>, Trouble> {
    let mut command = cargo(&workbook.root);
    command.args(["run", "--quiet", "--package", "xtask", "--"]);
    command.args(["load", "--solution", &lesson.name()]);
    command.args(["--warm-up", "0s", "--duration", "30s", "--requests", &LOAD.to_string()]);
    let output = command.stdin(Stdio::null()).output()?;
    let said = || String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Ok(if output.status.success() { Ok(()) } else { Err(said()) })
}

/// A server that is ended by its process id when it goes out of scope.
pub(super) struct Server(Child);

impl Server {
    /// Starts a lesson's program on a port that the system chooses.
    pub(super) fn start(program: &Path) -> Result<(Self, ChildStdout), Trouble> {
        let mut command = Command::new(program);
        command.arg("127.0.0.1:0").stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().expect("stdout is a pipe");
        Ok((Self(child), stdout))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask_server(workbook: &Workbook, lesson: &Lesson) -> Result<(), Trouble> {
    let example = format!("serve-{}", lesson.name());
    let program = lab::build_example(workbook, lesson, &example, &[], true)?;
    let (server, stdout) = Server::start(&program)?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let address: SocketAddr = line
        .trim()
        .strip_prefix("listening on http://")
        .ok_or_else(|| format!("it printed `{}`", line.trim()))?
        .parse()?;
    for _ in 0..REQUESTS {
        ask(address)?;
    }
    drop(server);
    Ok(())
}

fn ask(address: SocketAddr) -> Result<(), Trouble> {
    let mut stream = TcpStream::connect_timeout(&address, WAIT_MAX)?;
    stream.set_read_timeout(Some(WAIT_MAX))?;
    stream.set_write_timeout(Some(WAIT_MAX))?;
    stream.write_all(b"GET /plaintext HTTP/1.1\r\nHost: workbook\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nHello, World!") {
        Ok(())
    } else {
        Err(format!("it answered `{answer}`").into())
    }
}
