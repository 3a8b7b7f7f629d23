//! A test of circuit breakers that tells a wrong one from a right one.
//!
//! It plays histories to a circuit, in words, and looks at what the circuit says. It is run with the reference, which it
//! must let pass, and with circuits that are wrong in one way each, which it must not.

/// A circuit breaker. It is told what happens, and at which second, and answers.
///
/// | it is told | which means | it answers |
/// | --- | --- | --- |
/// | `7 CALLER asks` | somebody wants to call | `in`, or `wait 53`: after so many seconds |
/// | `7 CALLER succeeded`, `7 CALLER failed` | how the call went | `closed` or `open`, if that has closed or opened it; else nothing |
/// | `7 CALLER gave up` | a call ends without a verdict | nothing |
///
/// Callers are letters; one that has said how its call went may ask again, and one that was told to wait has no call. Three
/// failures in a row open it, for 60 seconds. While a probe is under way, it says `wait 1`.
pub type Circuit = Box<dyn FnMut(&str) -> String>;

/// Tells the circuit several things, one after the other, and returns what it answers to the last one.
fn told(circuit: &mut Circuit, events: &str) -> String {
    events.split(", ").map(circuit).last().expect("there is one")
}

/// Tries circuits. `make` makes one.
///
/// # Panics
///
/// They are wrong.
pub fn trial(make: fn() -> Circuit) {
    const THREE_FAILURES: &str = "0 a asks, 0 a failed, 0 b asks, 0 b failed, 0 c asks, 0 c failed";

    // The third failure in a row opens it, and then nobody is let in.
    let mut circuit = make();
    assert_eq!(told(&mut circuit, "0 a asks, 0 a failed, 0 b asks, 0 b failed"), "");
    assert_eq!(told(&mut circuit, "0 c asks"), "in");
    assert_eq!(told(&mut circuit, "0 c failed"), "open");
    assert_eq!(told(&mut circuit, "20 d asks"), "wait 40");

    // ANCHOR: trial
    // TASK: play more histories, and panic when a circuit says anything else than it should
    // STEP: who is let in after 60 seconds, and who beside the probe; how the probe can end, and what comes then
    // STEP: what a success does to failures before it; and what calls say that were let in before it opened, in each phase
    // A success forgets what has failed before.
    let mut circuit = make();
    told(&mut circuit, "0 a asks, 0 a failed, 0 b asks, 0 b failed, 0 c asks, 0 c succeeded");
    assert_eq!(told(&mut circuit, "0 a asks, 0 a failed, 0 b asks, 0 b failed"), "");
    assert_eq!(told(&mut circuit, "0 c asks, 0 c failed"), "open");

    // One probes after the time, not before, and alone.
    let mut circuit = make();
    told(&mut circuit, THREE_FAILURES);
    assert_eq!(told(&mut circuit, "59 d asks"), "wait 1");
    assert_eq!(told(&mut circuit, "60 d asks"), "in");
    assert_eq!(told(&mut circuit, "60 e asks"), "wait 1");

    // It succeeds, and all is as in the beginning.
    assert_eq!(told(&mut circuit, "61 d succeeded"), "closed");
    assert_eq!(told(&mut circuit, "61 a asks, 61 a failed, 61 b asks, 61 b failed"), "");
    assert_eq!(told(&mut circuit, "61 c asks, 61 c failed"), "open");

    // It fails, and the whole time begins again.
    let mut circuit = make();
    told(&mut circuit, THREE_FAILURES);
    assert_eq!(told(&mut circuit, "70 d asks, 71 d failed"), "open");
    assert_eq!(told(&mut circuit, "72 e asks"), "wait 59");
    assert_eq!(told(&mut circuit, "131 e asks"), "in");
    assert_eq!(told(&mut circuit, "131 f asks"), "wait 1");

    // It is given up, and the next one may probe.
    let mut circuit = make();
    told(&mut circuit, THREE_FAILURES);
    assert_eq!(told(&mut circuit, "60 d asks, 61 d gave up, 61 e asks"), "in");
    assert_eq!(told(&mut circuit, "61 f asks"), "wait 1");

    // Verdicts that come late change nothing.
    let mut circuit = make();
    told(&mut circuit, "0 u asks, 0 v asks, 0 x asks, 0 y asks");
    told(&mut circuit, THREE_FAILURES);
    assert_eq!(told(&mut circuit, "10 x succeeded"), "");
    assert_eq!(told(&mut circuit, "20 y failed"), "");
    assert_eq!(told(&mut circuit, "30 d asks"), "wait 30");
    assert_eq!(told(&mut circuit, "60 d asks, 60 u succeeded"), "");
    assert_eq!(told(&mut circuit, "60 v gave up, 60 e asks"), "wait 1");

    // What is given up counts for nothing.
    let mut circuit = make();
    told(&mut circuit, "0 a asks, 0 a failed, 0 b asks, 0 b failed");
    assert_eq!(told(&mut circuit, "0 c asks, 0 c gave up, 0 d asks"), "in");
    assert_eq!(told(&mut circuit, "0 d failed"), "open");
    // ANCHOR_END: trial
}
