//! The loop on real processes that crash, hang, and do not want to go.

use processes::supervisor::Outcome;

#[path = "../crew/mod.rs"]
mod crew;

use crew::{TestCrew, supervise};

#[test]
fn workers_are_started_and_stopped() {
    let crew = TestCrew::of(&["steady"; 3]);
    let ended = supervise(crew, |master| {
        master.until(|seen| seen.ready == 3);
        master.stop();
    });
    assert_eq!(ended.outcome, Outcome::Stopped);
    assert_eq!((ended.started, ended.children), (3, 0), "processes started, and left behind");
}

#[test]
fn workers_that_are_killed_are_replaced() {
    let ended = supervise(TestCrew::of(&["steady"; 2]), |master| {
        for kill in 1..=5 {
            master.until(|seen| seen.ready == 1 + kill);
            master.kill_oldest();
        }
        master.until(|seen| seen.ready == 7);
        master.stop();
    });
    assert_eq!(ended.outcome, Outcome::Stopped);
    assert_eq!((ended.started, ended.children), (7, 0));
}

#[test]
fn a_worker_that_hangs_or_will_not_go_is_killed() {
    let mut crew = TestCrew::of(&["ignores-term", "hangs"]);
    crew.then = "steady";
    let ended = supervise(crew, |master| {
        master.until(|seen| seen.ready == 3);
        master.stop();
    });
    assert_eq!(ended.outcome, Outcome::Cut);
    assert_eq!(ended.children, 0);
}

#[test]
fn crash_loops_end() {
    for task in ["fails-when-ready", "leaves"] {
        let ended = supervise(TestCrew::of(&[task]), |_| {});
        assert_eq!((ended.outcome, ended.children), (Outcome::CrashLoop, 0), "`{task}`");
        assert_eq!(ended.started, 4, "`{task}`: as many lives as the policy allows");
    }
    let ended = supervise(TestCrew::of(&["fails-at-once"]), |_| {});
    assert_eq!((ended.outcome, ended.started), (Outcome::NeverReady, 1));
}

#[test]
fn a_reload_replaces_every_process() {
    let ended = supervise(TestCrew::of(&["steady"; 2]), |master| {
        master.until(|seen| seen.ready == 2);
        master.reload();
        master.until(|seen| seen.ready == 4 && seen.gone == 2);
        master.stop();
    });
    assert_eq!((ended.outcome, ended.started, ended.children), (Outcome::Stopped, 4, 0));
}
