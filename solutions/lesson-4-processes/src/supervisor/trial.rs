//! A test of supervisors that tells a wrong one from a right one.
//!
//! It plays histories to a machine, in words, and looks at what the machine wants done. It is run with the reference, which it
//! must let pass, and with machines that are wrong in one way each, which it must not.

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

/// Tries supervisors. `make` makes one for so many workers, with the default policy.
///
/// # Panics
///
/// They are wrong.
pub fn trial(make: fn(usize) -> Machine) {
    let mut machine = make(2);
    assert_eq!(machine(0, "tick"), ["start 0 of 0", "start 1 of 1"]);
    // ANCHOR: trial
    // TASK: play more histories, and panic when a machine does anything else than the rules say
    // STEP: a helper that makes a machine whose workers are ready saves you half of the lines
    // STEP: a crash; two, three and ten in a row; an end in time and one that does not come; a second stop
    // STEP: silence for longer than `hang_max`; a reload, and one whose first worker fails; a life that is gone already
    let ready = |workers: usize| {
        let mut machine = make(workers);
        machine(0, "tick");
        (0..workers).for_each(|life| assert!(machine(10, &format!("ready {life}")).is_empty()));
        machine
    };
    let nothing: [&str; 0] = [];

    // The first crash is chance, the second waits, and nobody asks twice for one that is gone.
    let mut machine = ready(2);
    assert_eq!(machine(100, "failed 0"), ["start 2 of 0"]);
    assert_eq!(machine(110, "failed 0"), nothing);
    assert_eq!(machine(120, "ready 2"), nothing);
    assert_eq!(machine(200, "failed 2"), nothing);
    assert_eq!(machine(299, "tick"), nothing);
    assert_eq!(machine(300, "tick"), ["start 3 of 0"]);

    // One that crashes again and again is given up, and what was there goes in order.
    let mut machine = ready(1);
    let mut life = 0;
    for round in 1..10 {
        let time = round * 10_000;
        machine(time, &format!("failed {life}"));
        machine(time + 6000, "tick");
        life += 1;
    }
    let last = machine(100_000, &format!("failed {life}"));
    assert!(last.contains(&"end".to_owned()) && last.contains(&"finish CrashLoop".to_owned()));

    // A stop asks, and starts nobody any more; who does not go in time is killed.
    let mut machine = ready(2);
    assert_eq!(machine(1000, "stop"), ["end", "terminate 0", "terminate 1"]);
    assert_eq!(machine(1500, "ended 0"), nothing);
    assert_eq!(machine(40_000, "tick"), ["kill 1"]);
    assert_eq!(machine(40_010, "failed 1"), ["finish Cut"]);
    // Told twice, it does not wait.
    let mut machine = ready(1);
    machine(1000, "stop");
    assert_eq!(machine(3000, "stop"), ["kill 0"]);

    // Who is silent is ended, who beats is not.
    let mut machine = ready(2);
    for time in (1000..=8000).step_by(1000) {
        let done = machine(time, "beat 0");
        assert_eq!(done.contains(&"kill 1".to_owned()), time == 6000, "at {time}: {done:?}");
    }

    // Workers are replaced one by one, none before its successor is ready.
    let mut machine = ready(2);
    assert_eq!(machine(100, "reload"), ["start 2 of 0"]);
    assert_eq!(machine(200, "ready 2"), ["adopted", "terminate 0"]);
    let done = machine(300, "ended 0");
    let done = if done.is_empty() { machine(310, "tick") } else { done };
    assert_eq!(done, ["start 3 of 1"]);
    // The new settings were bad: nothing has happened.
    let mut machine = ready(2);
    machine(100, "reload");
    assert_eq!(machine(200, "failed 2"), ["abandoned"]);
    // ANCHOR_END: trial
}
