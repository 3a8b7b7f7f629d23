//! The fourth rung: a worker for each processor, with a pool of threads each, and a master that looks after them.
//!
//! `cargo xtask serve lesson-4`. The master opens the socket and never accepts from it; workers inherit it. Users that were
//! posted are known to the worker that took them, and to no other: what all of them need must be kept somewhere else.
//!
//! Workers are bound to no processor. Each serves with many threads, which the scheduler distributes better; the server of the
//! last lesson, with one thread for each worker, binds them.

use std::error::Error;
use std::fmt::Arguments;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use processes::affinity::Share;
use processes::prefork::{inherited, spawn};
use processes::shared::{Counter, Region};
use processes::supervisor::{
    Action, BEAT, Crew, Ending, Event, Generation, Life, Outcome, Policy, Process, READY, Signals,
    run,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};
use solution_1_networking::listener::{ListenOptions, listen};
use solution_2_lifecycle::connection::api::Api;
use solution_2_lifecycle::connection::{Limits, close, serve};
use solution_3_threads::pool::Pool;

/// As many connections a worker serves at once.
const THREADS: NonZeroUsize = NonZeroUsize::new(32).expect("32 is not zero");
/// As many wait for a thread; the others wait in the socket's queue.
const WAITING_MAX: usize = 32;
/// How long a worker without room waits before it looks again: nobody tells it.
const FULL: Duration = Duration::from_millis(1);
/// What it waits for at its listener meanwhile.
const NOTHING: PollFlags = PollFlags::empty();
/// How long a client may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(5);
/// How long requests may take that have begun when a worker is told to go.
const DRAIN_MAX: Duration = Duration::from_secs(10);
/// How many lives may be there at once: two of each worker.
const PLACES: usize = 256;

/// What workers count so that the master sees that they live.
type Beats = [Counter; PLACES];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let ended = match (arguments.next().as_deref(), arguments.next()) {
        // Behind that, only for who looks at a list of processes, the worker's number.
        (Some("worker"), Some(place)) => work(&place),
        (Some(address), None) => supervise(address),
        _ => Err("usage: serve ADDRESS".into()),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// The master: opens the socket, and looks after workers until it is told to stop.
fn supervise(address: &str) -> Result<ExitCode, Box<dyn Error>> {
    let address: SocketAddr = address.parse()?;
    let signals = Signals::new()?;
    let listener = listen(address, &ListenOptions::default())?;
    say(format_args!("listening on http://{}", listener.local_addr()?));
    let count = Share::of_this_process()?.workers().get();
    let beats = Region::create("beats")?;
    let mut workers = Workers { count, listener, beats, lives: [None; PLACES], seen: [0; PLACES] };
    let outcome = run(&mut workers, signals, count)?;
    Ok(if outcome == Outcome::Stopped { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints a line. `println!` would panic when nobody reads any more, and a master that ends because of its log ends the service.
fn say(line: Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// The workers, as the supervisor sees them.
struct Workers {
    count: usize,
    listener: TcpListener,
    beats: Region<Beats>,
    /// Of each place, who counts there.
    lives: [Option<Life>; PLACES],
    /// And what was counted when it was looked at last.
    seen: [u64; PLACES],
}

impl Workers {
    /// Where a life counts; nobody, where there is room.
    fn place(&self, life: Option<Life>) -> Option<usize> {
        self.lives.iter().position(|it| *it == life)
    }
}

impl Crew for Workers {
    // ANCHOR: start
    fn start(&mut self, life: Life, worker: usize, _: Generation) -> io::Result<Process> {
        let place = self.place(None).ok_or_else(|| io::Error::other("too many at once"))?;
        (self.lives[place], self.seen[place]) = (Some(life), self.beats[place].get());
        let mut command = Command::new("/proc/self/exe");
        command.arg0("serve-lesson-4").arg("worker");
        command.args([place.to_string(), worker.to_string()]);
        let (lifeline, its_end) = UnixStream::pair()?;
        let handed = [its_end.as_fd(), self.listener.as_fd(), self.beats.as_fd()];
        let child = spawn(command.stdin(Stdio::null()), &handed)?;
        say(format_args!("worker {worker}: process {}", child.id()));
        Ok(Process { child, lifeline })
    }
    // ANCHOR_END: start

    fn has_beaten(&mut self, life: Life) -> bool {
        let Some(place) = self.place(Some(life)) else { return false };
        let counted = self.beats[place].get();
        std::mem::replace(&mut self.seen[place], counted) != counted
    }

    fn gone(&mut self, life: Life) {
        if let Some(place) = self.place(Some(life)) {
            self.lives[place] = None;
        }
    }

    fn reload(&mut self) -> Option<usize> {
        Some(self.count)
    }

    fn reopen(&mut self) {}

    // All have the one socket: nobody need accept in the place of another one.
    fn assign(&mut self, _: &[Option<Life>]) {}

    fn listeners(&self) -> usize {
        0
    }

    fn holds(&self, _: Life, _: usize) -> bool {
        true
    }

    fn policy(&self) -> Policy {
        Policy { drain_max: DRAIN_MAX + Duration::from_secs(1), ..Policy::default() }
    }

    fn observe(&mut self, event: Event, actions: &[Action]) {
        if !actions.is_empty() || !matches!(event, Event::Tick | Event::Beat(_)) {
            let decided: Vec<_> = actions.iter().map(|action| decided(*action)).collect();
            let decided =
                if decided.is_empty() { "all is well".into() } else { decided.join(", ") };
            say(format_args!("{}: {decided}", happened(event)));
        }
    }
}

/// What has happened, in words. A life is one process of a worker.
fn happened(event: Event) -> String {
    match event {
        Event::Ready(Life(life)) => format!("life {life} is ready"),
        Event::Beat(Life(life)) => format!("life {life} was seen to be alive"),
        Event::Leaving(Life(life)) => format!("life {life} goes of its own accord"),
        Event::Exited(Life(life), Ending::Clean) => format!("life {life} has ended"),
        Event::Exited(Life(life), Ending::Failed) => format!("life {life} has failed"),
        Event::Reload { workers } => format!("told to renew {workers} workers"),
        Event::Stop => "told to stop".into(),
        Event::Tick => "time has passed".into(),
    }
}

/// What the supervisor has decided, in words.
fn decided(action: Action) -> String {
    match action {
        Action::Start { life: Life(life), worker, .. } => {
            format!("start life {life} of worker {worker}")
        }
        Action::Terminate(Life(life)) => format!("ask life {life} to go"),
        Action::Kill(Life(life)) => format!("kill life {life}"),
        Action::Adopted(generation) => format!("settings {generation} are the ones now"),
        Action::Abandoned(generation) => format!("forget settings {generation}"),
        Action::End => "start nobody any more".into(),
        Action::Finish(Outcome::Stopped) => "everybody is gone, and nothing was cut off".into(),
        Action::Finish(Outcome::Cut) => "everybody is gone, and something was cut off".into(),
        Action::Finish(Outcome::NeverReady) => "give up: the first start has failed".into(),
        Action::Finish(Outcome::CrashLoop) => "give up: a worker fails again and again".into(),
    }
}

/// A worker: accepts until it is told to go, or its master is gone.
fn work(place: &str) -> Result<ExitCode, Box<dyn Error>> {
    let [lifeline, listener, beats]: [OwnedFd; 3] =
        inherited()?.try_into().map_err(|_| "a worker is started by its master")?;
    let (told, tells) = UnixStream::pair()?;
    pipe::register(SIGTERM, tells.try_clone()?)?;
    // These are for the master; a terminal sends them to everybody.
    [SIGINT, SIGHUP].into_iter().try_for_each(|it| flag::register(it, Arc::default()).map(drop))?;
    let lifeline = UnixStream::from(lifeline);
    let master = lifeline.try_clone()?;
    thread::spawn(move || {
        // The end of the lifeline is the end of the master.
        let _ = (&master).read(&mut [0]);
        let _ = (&tells).write_all(b"!");
    });
    let listener = TcpListener::from(listener);
    // All workers are woken by one connection, and one gets it.
    listener.set_nonblocking(true)?;
    let pool = Pool::new("worker", THREADS, WAITING_MAX)?;
    let worker = Worker { listener, told, pool, api: Arc::new(Api::new()?) };
    let beats = Region::<Beats>::open(beats)?;
    (&lifeline).write_all(&[READY])?;
    worker.accept_all(&beats[place.parse::<usize>()?])?;
    worker.pool.shutdown(DRAIN_MAX)?;
    Ok(ExitCode::SUCCESS)
}

/// What a worker has.
struct Worker {
    listener: TcpListener,
    /// Something can be read from it when the worker is to go.
    told: UnixStream,
    pool: Pool,
    api: Arc<Api>,
}

impl Worker {
    // ANCHOR: accept
    /// Gives each connection to a thread, until it is told to go. It beats each time round, and so it waits for nobody longer
    /// than that: whoever accepts is who must be alive.
    fn accept_all(&self, beats: &Counter) -> Result<(), Box<dyn Error>> {
        loop {
            // Without room, connections wait in the socket's queue, and another worker may take them.
            let has_room = self.pool.queued() < WAITING_MAX;
            let (wanted, wait) = if has_room { (PollFlags::IN, BEAT) } else { (NOTHING, FULL) };
            let mut awaited =
                [PollFd::new(&self.told, PollFlags::IN), PollFd::new(&self.listener, wanted)];
            match poll(&mut awaited, Some(&Timespec::try_from(wait)?)) {
                // A signal has come; what it says will be read.
                Err(Errno::INTR) => continue,
                polled => polled?,
            };
            beats.add(1);
            if !awaited[0].revents().is_empty() {
                return Ok(());
            }
            if !awaited[1].revents().is_empty() {
                self.accept();
            }
        }
    }
    // ANCHOR_END: accept

    /// Accepts a connection, if another worker has not, and gives it to a thread.
    fn accept(&self) {
        if let Ok((stream, _)) = self.listener.accept() {
            let api = Arc::clone(&self.api);
            // A client that is gone is no reason to stop.
            self.pool.submit(Box::new(move || drop(converse(&stream, &api))));
        }
    }
}

/// Answers one request.
fn converse(mut stream: &TcpStream, api: &Api) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    stream.set_write_timeout(Some(SILENCE_MAX))?;
    let limits = Limits { requests: 1, ..Limits::default() };
    serve(&mut stream, &limits, |request, response| api.handle(request, response))?;
    close(stream);
    Ok(())
}
