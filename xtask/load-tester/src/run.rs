//! A run: threads with connections, a warm-up, a measurement, and what came out.

use std::io;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tokio::task::LocalSet;

use crate::connection::{Thread, sit, watch};
use crate::pacer::Pacer;
use crate::phase::{Phase, Stage};
use crate::plan::{Pace, Plan};
use crate::processes::{Processes, Use};
use crate::tally::{Moment, Tally};

/// How often a thread says what it has counted.
const SAY_EVERY: Duration = Duration::from_millis(100);

/// How long outstanding answers are waited for when the run is over.
const GRACE: Duration = Duration::from_secs(1);

/// A thread that needs more of its processor than this has none left to be punctual with.
const BUSY: f64 = 0.9;

/// Requests that are sent later than this, because of the generator, spoil an open loop's latencies.
const LATE: Duration = Duration::from_millis(1);

/// What came out of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How long was measured.
    pub elapsed: Duration,
    /// What was counted meanwhile.
    pub tally: Tally,
    /// The same, second by second.
    pub moments: Vec<Moment>,
    /// What the server's processes spent meanwhile, where they are known.
    pub server: Option<Use>,
    /// The share of a processor that the busiest thread of the generator had.
    pub generator: f64,
    /// Connections that still waited for an answer a second after the end.
    pub unanswered: usize,
}

impl Outcome {
    /// Right answers a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.tally.latencies.count() as f64 / self.elapsed.as_secs_f64()
    }

    /// Why this says more of the generator than of the server; `None` when it does not.
    #[must_use]
    pub fn generator_limit(&self) -> Option<String> {
        let late = self.tally.late.percentile(99.0);
        if self.generator > BUSY {
            let percent = self.generator * 100.0;
            Some(format!("a thread of the generator used {percent:.0} % of a processor"))
        } else if late > LATE {
            let late = late.as_secs_f64() * 1e3;
            Some(format!("of 100 requests one was sent {late:.1} ms late or more"))
        } else {
            None
        }
    }
}

/// What a thread says.
enum Said {
    Counted { thread: usize, tally: Box<Tally>, cpu: Duration },
    Ended { unanswered: usize },
}

/// Is told about every second what was counted in it, and says whether to go on.
pub type Progress<'a> = &'a mut dyn FnMut(&Moment) -> ControlFlow<()>;

/// Runs a plan, as long as `progress` does not break it off.
///
/// # Errors
///
/// A thread cannot be started.
pub fn run(plan: &Plan, processes: &Processes, progress: Progress<'_>) -> io::Result<Outcome> {
    let plan = Arc::new(plan.clone());
    let phase = Arc::new(Phase::new(plan.requests));
    let (sender, said) = mpsc::channel();
    let count = plan.threads.clamp(1, plan.connections);
    let start_all = |sender: Sender<Said>| -> io::Result<Vec<_>> {
        (0..count).map(|number| start(number, count, &plan, &phase, sender.clone())).collect()
    };
    let begin_to_measure = || {
        let before = processes.spent();
        phase.set(Stage::Measure);
        (before, Instant::now())
    };
    // Without a warm-up, what is sent first counts too.
    let (threads, (before, begin)) = if plan.warm_up.is_zero() {
        let begun = begin_to_measure();
        (start_all(sender)?, begun)
    } else {
        let threads = start_all(sender)?;
        thread::sleep(plan.warm_up);
        (threads, begin_to_measure())
    };
    let mut collected = Collected::new(begin, count);
    collected.until(&said, plan.duration, progress);
    phase.set(Stage::Over);
    let mut elapsed = collected.begin.elapsed();
    let after = processes.spent();
    let unanswered = collected.rest(&said);
    for thread in threads {
        thread.join().expect("a thread of the generator does not panic")?;
    }
    if let (Some(_), Some(last)) = (plan.requests, collected.all.last) {
        // The threads say only a little later that all is sent.
        elapsed = elapsed.min(last - collected.begin);
    }
    // It is over anyway.
    let _ = collected.end_moment(elapsed.max(collected.moment_begin), progress);
    let answers = collected.all.latencies.count();
    Ok(Outcome {
        elapsed,
        server: (!processes.is_empty()).then(|| Use::between(&before, &after, answers)),
        generator: collected.busiest().as_secs_f64() / elapsed.as_secs_f64(),
        tally: collected.all,
        moments: collected.moments,
        unanswered,
    })
}

/// What has been counted so far, by whom and when.
struct Collected {
    begin: Instant,
    all: Tally,
    moments: Vec<Moment>,
    /// Of the second that is going on.
    moment: Tally,
    moment_begin: Duration,
    cpu: Vec<Duration>,
    running: usize,
    unanswered: usize,
}

impl Collected {
    fn new(begin: Instant, threads: usize) -> Self {
        Self {
            begin,
            all: Tally::default(),
            moments: Vec::new(),
            moment: Tally::default(),
            moment_begin: Duration::ZERO,
            cpu: vec![Duration::ZERO; threads],
            running: threads,
            unanswered: 0,
        }
    }

    fn busiest(&self) -> Duration {
        self.cpu.iter().copied().max().unwrap_or_default()
    }

    /// Listens for so long, or until every thread has ended because its requests are all sent.
    fn until(&mut self, said: &Receiver<Said>, time: Duration, progress: Progress<'_>) {
        while self.running > 0 {
            let left = time.saturating_sub(self.begin.elapsed());
            if left.is_zero() {
                return;
            }
            match said.recv_timeout(left) {
                Ok(news) => self.hear(news),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
            let now = self.begin.elapsed();
            if now - self.moment_begin >= Duration::from_secs(1)
                && self.end_moment(now, progress).is_break()
            {
                return;
            }
        }
    }

    /// Listens until every thread has ended. What is still said was counted before the end.
    fn rest(&mut self, said: &Receiver<Said>) -> usize {
        while let Ok(news) = said.recv() {
            self.hear(news);
        }
        self.unanswered
    }

    fn hear(&mut self, news: Said) {
        match news {
            Said::Counted { thread, tally, cpu } => {
                self.all.add(&tally);
                self.moment.add(&tally);
                self.cpu[thread] += cpu;
            }
            Said::Ended { unanswered } => {
                self.running -= 1;
                self.unanswered += unanswered;
            }
        }
    }

    fn end_moment(&mut self, now: Duration, progress: Progress<'_>) -> ControlFlow<()> {
        let tally = std::mem::take(&mut self.moment);
        let begin = std::mem::replace(&mut self.moment_begin, now);
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let moment = Moment {
            at_seconds: now.as_secs_f64(),
            seconds: (now - begin).as_secs_f64(),
            answers: tally.latencies.count(),
            failures: tally.failures.sum(),
            p50_ms: millis(tally.latencies.percentile(50.0)),
            p99_ms: millis(tally.latencies.percentile(99.0)),
            max_ms: millis(tally.latencies.max()),
        };
        let go_on = progress(&moment);
        if moment.answers + moment.failures > 0 {
            self.moments.push(moment);
        }
        go_on
    }
}

/// Starts one of `count` threads, with its share of the connections and of the rate.
fn start(
    number: usize,
    count: usize,
    plan: &Arc<Plan>,
    phase: &Arc<Phase>,
    sender: Sender<Said>,
) -> io::Result<JoinHandle<io::Result<()>>> {
    let (plan, phase) = (Arc::clone(plan), Arc::clone(phase));
    let seats = plan.connections / count + usize::from(number < plan.connections % count);
    thread::Builder::new().name(format!("load-{number}")).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, async {
            let pipeline = match plan.pace {
                Pace::Closed { pipeline } => pipeline,
                Pace::Open { .. } => 1,
            };
            let pacer = match plan.pace {
                Pace::Closed { .. } => None,
                Pace::Open { rate } => {
                    Some(Pacer::new(rate / count as f64, number as f64 / count as f64)?)
                }
            };
            let thread = Rc::new(Thread {
                batch: plan.target.request.repeat(pipeline),
                seats: std::iter::repeat_with(Default::default).take(seats).collect(),
                tally: Default::default(),
                plan,
                phase,
                pacer,
            });
            let tasks: Vec<_> = (0..seats)
                .map(|seat| tokio::task::spawn_local(sit(Rc::clone(&thread), seat)))
                .collect();
            tokio::task::spawn_local(watch(Rc::clone(&thread)));
            report(&thread, number, &sender, &tasks).await;
            _ = sender.send(Said::Ended { unanswered: thread.awaited() });
            Ok(())
        })
    })
}

/// Says what a thread counts, until all of its tasks have ended or the grace after the end of the run is over.
async fn report(
    thread: &Thread,
    number: usize,
    sender: &Sender<Said>,
    tasks: &[tokio::task::JoinHandle<()>],
) {
    let mut over: Option<Instant> = None;
    let mut spent = processor_time();
    loop {
        tokio::time::sleep(SAY_EVERY).await;
        let stage = thread.phase.stage();
        let tally = thread.tally.take();
        let cpu = std::mem::replace(&mut spent, processor_time());
        if stage != Stage::WarmUp {
            let cpu = spent - cpu;
            let cpu = if over.is_none() { cpu } else { Duration::ZERO };
            _ = sender.send(Said::Counted { thread: number, tally: Box::new(tally), cpu });
        }
        if stage == Stage::Over && over.is_none() {
            over = Some(Instant::now());
        }
        let ended = tasks.iter().all(tokio::task::JoinHandle::is_finished);
        if ended || over.is_some_and(|over| over.elapsed() > GRACE) {
            return;
        }
    }
}

/// What this thread has had of the processor.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
