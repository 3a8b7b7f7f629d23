//! A pool of two threads with room for two jobs: five jobs, one of which finds no room at first.
//!
//! Each job ends when this program opens its door, so that everything happens in one order. Which of the two threads takes a
//! job is a matter of chance: both are one lane.

use std::collections::VecDeque;
use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use threads::pool::{Full, Pool};
use witness::rendezvous::{Door, WAIT_MAX};
use witness::trace::{Gauge, Recorder, program};

fn main() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title, max| Gauge { key, title, unit: "jobs", max };
    let trace = Recorder::new(
        &[program("submitter"), program("queue"), program("threads")],
        &[gauge("queued", "in the queue", 2), gauge("running", "running", 2)],
    );
    let pool = Pool::new("trace", NonZeroUsize::new(2).expect("not zero"), 2)?;
    let mut stage = Stage::new(&trace, pool);
    for number in 1..=5 {
        stage.submits(number)?;
    }
    stage.ends(1)?;
    stage.submits(5)?;
    stage.ends(2)?;
    stage.ends(3)?;
    stage.shuts_down()?;
    Ok(trace.print()?)
}

/// What a job says.
enum Says {
    Begins(usize),
    Ends,
}

struct Stage<'t> {
    trace: &'t Recorder,
    pool: Pool,
    says: Sender<Says>,
    said: Receiver<Says>,
    /// Of the jobs that were accepted and have not ended.
    doors: Vec<(usize, Door)>,
    waiting: VecDeque<usize>,
    running: u64,
}

impl<'t> Stage<'t> {
    fn new(trace: &'t Recorder, pool: Pool) -> Self {
        let (says, said) = channel();
        Self { trace, pool, says, said, doors: Vec::new(), waiting: VecDeque::new(), running: 0 }
    }

    fn event(&self, lane: &'static str, kind: &'static str) -> witness::trace::Event<'t> {
        let queued = self.waiting.len() as u64;
        self.trace.event(lane, kind).gauge("queued", queued).gauge("running", self.running)
    }

    fn submits(&mut self, number: usize) -> Result<(), Box<dyn Error>> {
        let (door, says) = (Door::shut(), self.says.clone());
        let job = {
            let door = door.clone();
            move || {
                let _ = says.send(Says::Begins(number));
                door.pass();
                let _ = says.send(Says::Ends);
            }
        };
        if let Err(Full(_)) = self.pool.try_submit(Box::new(job)) {
            let event = self.event("queue", "refused").to("submitter");
            event.bad().says(format!("job {number} comes back: the queue is full"));
            return Ok(());
        }
        self.doors.push((number, door));
        self.waiting.push_back(number);
        let event = self.event("submitter", "submit").to("queue");
        event.says(format!("`try_submit`: job {number} is accepted"));
        if self.running < 2 { self.begins() } else { Ok(()) }
    }

    /// Waits until a thread has taken the next job.
    fn begins(&mut self) -> Result<(), Box<dyn Error>> {
        let Says::Begins(number) = self.said.recv_timeout(WAIT_MAX)? else {
            return Err("a job begins".into());
        };
        self.waiting.retain(|&waiting| waiting != number);
        self.running += 1;
        self.event("queue", "begins").to("threads").says(format!("a thread takes job {number}"));
        Ok(())
    }

    /// Lets a job end, and a thread take the next one, if there is one.
    fn ends(&mut self, number: usize) -> Result<(), Box<dyn Error>> {
        let at = self.doors.iter().position(|(job, _)| *job == number).ok_or("it runs")?;
        let (_, door) = self.doors.remove(at);
        door.open();
        let Says::Ends = self.said.recv_timeout(WAIT_MAX)? else {
            return Err("a job ends".into());
        };
        self.running -= 1;
        self.event("threads", "ends").says(format!("job {number} ends"));
        if self.waiting.is_empty() { Ok(()) } else { self.begins() }
    }

    /// What was accepted is run.
    fn shuts_down(mut self) -> Result<(), Box<dyn Error>> {
        let left: Vec<_> = self.doors.iter().map(|(number, _)| number.to_string()).collect();
        let says = format!("`shutdown`: nothing more is accepted; {} run on", left.join(" and "));
        self.event("submitter", "shutdown").to("queue").says(says);
        self.doors.drain(..).for_each(|(_, door)| door.open());
        let (trace, pool) = (self.trace, self.pool);
        pool.shutdown(Duration::from_secs(5))?;
        let event = trace.event("threads", "all-ended").to("submitter");
        event
            .gauge("queued", 0)
            .gauge("running", 0)
            .says("all jobs have run, all threads have ended");
        Ok(())
    }
}
