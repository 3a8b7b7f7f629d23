//! A test of supervisors that tells a wrong one from a right one.
//!
//! It plays histories to a machine, in words, and looks at what the machine wants done. It is run with the reference, which it
//! must let pass, and with machines that are wrong in one way each, which it must not.

use std::ops::Range;

/// A supervisor. It is told how many milliseconds have passed since its start, and what has happened then, and says what is to
/// be done.
///
/// | it is told | it says |
/// | --- | --- |
/// | `tick` | `start LIFE of WORKER` |
/// | `ready LIFE`, `beat LIFE` | `terminate LIFE` |
/// | `failed LIFE`, `ended LIFE` | `kill LIFE` |
/// | `reload` | `adopted`, `abandoned` |
/// | `stop` | `end`, `finish OUTCOME` |
///
/// Lives are numbered from 0, in the order in which they are started.
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
    let mut machine = make(2);
    assert_eq!(told(&mut machine, 0, "tick"), ["start 0 of 0", "start 1 of 1"]);
    // a closure that makes a machine whose workers are ready saves you half of the lines
    // a crash; two and ten in a row; a stop, an end in time and one that does not come; a second stop
    // silence for longer than `hang_max`; a reload, and one whose first worker fails; a life that is gone already
    todo!("play more histories, and panic when a machine does anything else than the rules say")
}
