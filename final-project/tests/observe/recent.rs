//! What the page tells of the last seconds, by a board that nobody else writes.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use api_server::board::Board;
use api_server::observe::machine::Machine;
use api_server::observe::recent::{Past, Recent};
use solution_4_processes::shared::Region;

const MACHINE: Machine = Machine { processors: 4.0, memory: 1 << 30 };

struct Stage {
    board: Arc<Region<Board>>,
    past: Rc<Past>,
}

impl Stage {
    fn new() -> Self {
        let board: Region<Board> = Region::create("test").unwrap();
        board.lives.begin(0);
        Self { board: Arc::new(board), past: Rc::default() }
    }

    fn recent(&self) -> Recent {
        Recent::new(Arc::clone(&self.board), MACHINE, Rc::clone(&self.past))
    }

    fn answer(&self, count: usize, status: u16, latency: Duration) {
        let numbers = self.board.lives.place(0);
        (0..count).for_each(|_| numbers.answered(0, status, Some(latency)));
    }
}

#[test]
fn latencies_are_those_of_the_last_seconds_and_not_since_the_start() {
    let stage = Stage::new();
    stage.answer(10_000, 200, Duration::from_millis(900));
    let mut recent = stage.recent();
    assert_eq!(recent.latency(0.99), None);
    recent.look();
    stage.answer(100, 200, Duration::from_millis(2));
    recent.look();
    let latency = recent.latency(0.99).unwrap();
    assert!((0.002..0.0021).contains(&latency), "{latency}");
    // Ten more looks, and it is no more.
    (0..10).for_each(|_| recent.look());
    assert_eq!(recent.latency(0.99), None, "nothing was answered");
}

#[test]
fn shares_are_of_what_was_answered_and_of_the_processors_that_there_are() {
    let stage = Stage::new();
    stage.answer(500, 503, Duration::ZERO);
    let mut recent = stage.recent();
    recent.look();
    let share = |recent: &Recent| recent.share(|counts| counts.errors, |counts| counts.answers);
    stage.answer(99, 200, Duration::ZERO);
    stage.answer(1, 500, Duration::ZERO);
    stage.board.lives.place(0).processor.add(1_000_000);
    recent.look();
    assert!((share(&recent).unwrap() - 0.01).abs() < 1e-9);
    let seconds = recent.rate(|counts| counts.processor).unwrap() / 1e6;
    assert!((recent.processors().unwrap() - seconds / 4.0).abs() < 1e-9, "of four processors");
    let rates = recent.rate(|counts| counts.answers).unwrap() / seconds;
    assert!((rates - 100.0).abs() < 1e-6, "a hundred answers in the time of one second: {rates}");
}

#[test]
fn what_happens_seldom_is_told_to_who_has_not_seen_it_too() {
    let stage = Stage::new();
    stage.past.look(&stage.board);
    stage.board.failed.add(3);
    let mut recent = stage.recent();
    recent.look();
    assert_eq!(recent.increase(|counts| counts.failed), Some(3.0));
    // Five minutes later it is forgotten.
    (0..29).for_each(|_| stage.past.look(&stage.board));
    assert_eq!(recent.increase(|counts| counts.failed), Some(3.0));
    stage.past.look(&stage.board);
    assert_eq!(recent.increase(|counts| counts.failed), Some(0.0));
}
