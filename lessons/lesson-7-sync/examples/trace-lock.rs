//! Two threads and a lock: one takes it, the other one spins, sleeps, and is woken.
//!
//! That a thread sleeps is read from the kernel, and so is how often.

use std::error::Error;
use std::sync::mpsc;
use std::thread;

use sync::lock::Lock;
use witness::rendezvous::WAIT_MAX;
use witness::thread::Thread;
use witness::trace::{Event, Gauge, Recorder, kernel, program};

fn main() -> Result<(), Box<dyn Error>> {
    let sleeps = Gauge { key: "sleeps", title: "B has slept", unit: "", max: 2 };
    let trace =
        Recorder::new(&[program("A"), program("lock"), program("B"), kernel("futex")], &[sleeps]);
    let lock = Lock::new(0);
    let (tell, told) = mpsc::channel();
    let (ask, asked) = mpsc::channel();
    thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        let guard = lock.lock();
        let (trace, lock) = (&trace, &lock);
        trace
            .event("A", "lock")
            .to("lock")
            .gauge("sleeps", 0)
            .says("free, and taken with one exchange: HELD");
        scope.spawn(move || {
            asked.recv().expect("A goes on");
            tell.send(Thread::this().expect("/proc is there")).expect("A waits for it");
            let _guard = lock.lock();
            asked.recv().expect("A goes on");
        });
        ask.send(())?;
        let other = told.recv_timeout(WAIT_MAX)?;
        // Where it is asleep from here on it is so in `lock`: nothing else makes it wait.
        other.until_asleep()?;
        let before = other.sleeps()?;
        let event = |lane, kind| -> Event<'_> {
            let now = other.sleeps().unwrap_or(before);
            trace.event(lane, kind).gauge("sleeps", 1 + now.saturating_sub(before))
        };
        event("B", "sleep")
            .to("futex")
            .says("held: B has looked a hundred times, has left word (AWAITED), and sleeps");
        drop(guard);
        event("A", "unlock")
            .to("futex")
            .says("FREE; it was AWAITED, so the kernel is asked to wake one");
        witness::tcp::until(|| Ok(lock.try_lock().is_none()))?;
        event("B", "wake")
            .to("lock")
            .says("B is awake, and takes it as AWAITED: others may sleep, too");
        ask.send(())?;
        Ok(())
    })?;
    Ok(trace.print()?)
}
