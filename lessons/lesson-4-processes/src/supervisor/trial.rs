//! A test of supervisors that tells a wrong one from a right one.
//!
//! It plays histories to a machine, in words, and looks at what the machine wants done. It is run with the reference, which it
//! must let pass, and with machines that are wrong in one way each, which it must not.

use std::ops::Range;

/// A supervisor. It is told how many milliseconds have passed since its start, and what has happened then, and says what is to
/// be done.
///
/// | it is told | which means |
/// | --- | --- |
/// | `tick` | time has passed |
/// | `ready LIFE` | it accepts |
/// | `beat LIFE` | it lives |
/// | `failed LIFE`, `ended LIFE` | its process is gone: it has crashed or was killed; or with status 0 |
/// | `reload` | SIGHUP: renew all workers, as many as before |
/// | `stop` | SIGTERM |
///
/// | it says | which means |
/// | --- | --- |
/// | `start LIFE of WORKER` | start a process |
/// | `terminate LIFE`, `kill LIFE` | tell it to go; end it now |
/// | `adopted`, `abandoned` | the new settings hold for all; are forgotten |
/// | `end` | nothing is started any more |
/// | `finish OUTCOME` | all are gone: `Stopped`, `Cut`, `NeverReady` or `CrashLoop` |
///
/// Lives are numbered from 0, in the order in which they are started; so are workers.
///
/// It has the default policy: a life has 30 s to be ready, 5 s between two beats, and 35 s to go; after the second failure in a
/// row it waits 100 ms, then twice as long each time, 5 s at most; the tenth is the end.
pub type Machine = Box<dyn FnMut(u64, &str) -> Vec<String>>;

/// Tells the machine what has happened at this time, and returns what is to be done, in the order of the alphabet: who is told
/// first to go does not matter.
fn told(machine: &mut Machine, time: u64, event: &str) -> Vec<String> {
    let mut actions = machine(time, event);
    actions.sort_unstable();
    actions
}

/// Lets time pass, second by second, and returns what was to be done meanwhile. A machine that nobody has asked for longer than
/// half of `hang_max` takes that for a pause of its own, and forgives everybody.
fn pass(machine: &mut Machine, times: Range<u64>) -> Vec<String> {
    times.step_by(1000).flat_map(|time| machine(time, "tick")).collect()
}

/// Tries supervisors. `make` makes one for so many workers, with the default policy.
///
/// # Panics
///
/// They are wrong.
pub fn trial(make: fn(usize) -> Machine) {
    // Workers are started, and both are ready.
    let ready = |workers: usize| {
        let mut machine = make(workers);
        let starts: Vec<_> =
            (0..workers).map(|worker| format!("start {worker} of {worker}")).collect();
        assert_eq!(told(&mut machine, 0, "tick"), starts);
        (0..workers).for_each(|life| assert!(machine(10, &format!("ready {life}")).is_empty()));
        machine
    };
    let nothing: [&str; 0] = [];

    // The first crash is chance, the second waits; and who is gone does not end again.
    let mut machine = ready(2);
    assert_eq!(told(&mut machine, 100, "failed 0"), ["start 2 of 0"]);
    assert_eq!(told(&mut machine, 110, "failed 0"), nothing);
    assert_eq!(told(&mut machine, 120, "ready 2"), nothing);
    assert_eq!(told(&mut machine, 200, "failed 2"), nothing);
    assert_eq!(told(&mut machine, 299, "tick"), nothing);
    assert_eq!(told(&mut machine, 300, "tick"), ["start 3 of 0"]);

    // ten crashes in a row; a stop, an end in time and one that does not come; a second stop, more than a second later
    // silence; a reload, and one whose first worker fails
    todo!("play more histories, and panic when a machine does anything else than it should")
}
