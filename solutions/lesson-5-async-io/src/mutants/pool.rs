//! Pools of boats. Each does what somebody thought was right.

use std::collections::{HashMap, VecDeque};

use crate::pool::trial::Lender;

mod reference;

pub use reference::right;

/// Right, too: a list, a queue, and three numbers.
#[must_use]
pub fn right_and_small() -> Lender {
    with(Rules::default())
}

/// Serves who came last.
#[must_use]
pub fn serves_who_came_last() -> Lender {
    with(Rules { first_come: false, ..Rules::default() })
}

/// Counts only boats that are there, and not those that are being built.
#[must_use]
pub fn builds_too_many() -> Lender {
    with(Rules { counts_begun: false, ..Rules::default() })
}

/// Lends a broken boat again.
#[must_use]
pub fn lends_what_is_broken() -> Lender {
    with(Rules { scraps_broken: false, ..Rules::default() })
}

/// Lends a boat as often as somebody wants it.
#[must_use]
pub fn lends_for_ever() -> Lender {
    with(Rules { uses_max: u32::MAX, ..Rules::default() })
}

/// Leaves those in the queue who have gone.
#[must_use]
pub fn lends_to_who_has_left() -> Lender {
    with(Rules { forgets_who_left: false, ..Rules::default() })
}

/// Throws away what is built for somebody who has gone.
#[must_use]
pub fn scraps_what_nobody_waits_for() -> Lender {
    with(Rules { keeps_unasked: false, ..Rules::default() })
}

/// A boat that could not be built takes its place for ever.
#[must_use]
pub fn loses_the_place_of_a_failure() -> Lender {
    with(Rules { frees_failed: false, ..Rules::default() })
}

/// Builds none for who waits when a broken one has made room.
#[must_use]
pub fn forgets_who_waits() -> Lender {
    with(Rules { rebuilds: false, ..Rules::default() })
}

/// Says nothing to who waits for what cannot be built.
#[must_use]
pub fn keeps_quiet_about_failures() -> Lender {
    with(Rules { tells_failures: false, ..Rules::default() })
}

/// Keeps what comes back when all is over.
#[must_use]
pub fn keeps_what_comes_back_late() -> Lender {
    with(Rules { scraps_late: false, ..Rules::default() })
}

/// What a pool pays attention to.
struct Rules {
    uses_max: u32,
    first_come: bool,
    counts_begun: bool,
    scraps_broken: bool,
    forgets_who_left: bool,
    keeps_unasked: bool,
    frees_failed: bool,
    rebuilds: bool,
    tells_failures: bool,
    scraps_late: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            uses_max: 3,
            first_come: true,
            counts_begun: true,
            scraps_broken: true,
            forgets_who_left: true,
            keeps_unasked: true,
            frees_failed: true,
            rebuilds: true,
            tells_failures: true,
            scraps_late: true,
        }
    }
}

const BOATS_MAX: usize = 2;

#[derive(Default)]
struct Hire {
    rules: Rules,
    idle: Vec<usize>,
    waiting: VecDeque<String>,
    lent: HashMap<String, usize>,
    uses: HashMap<usize, u32>,
    /// Boats that were ever built.
    built: usize,
    /// Boats that are there.
    there: usize,
    /// Boats that are being built.
    begun: usize,
    closed: bool,
    says: Vec<String>,
}

fn with(rules: Rules) -> Lender {
    let mut hire = Hire { rules, ..Hire::default() };
    Box::new(move |event| {
        let (what, who) = event.split_once(' ').unwrap_or((event, ""));
        match what {
            "ask" => hire.ask(who),
            "built" => hire.build(),
            "failed" => hire.fail(),
            "return" => hire.take_back(who, false),
            "break" => hire.take_back(who, true),
            "leave" if hire.rules.forgets_who_left => hire.waiting.retain(|other| other != who),
            "leave" => {}
            "close" => hire.close(),
            other => panic!("nobody knows what `{other}` means"),
        }
        std::mem::take(&mut hire.says)
    })
}

impl Hire {
    fn ask(&mut self, who: &str) {
        if self.closed {
            return self.says.push(format!("refuse {who}"));
        }
        self.waiting.push_back(who.to_owned());
        if let Some(boat) = self.idle.pop() {
            return self.hand(boat);
        }
        self.begin();
    }

    /// Begins as many as wait, or as there is room for.
    fn begin(&mut self) {
        let begun = if self.rules.counts_begun { self.begun } else { 0 };
        if self.begun < self.waiting.len() && self.there + begun < BOATS_MAX {
            self.begun += 1;
            self.says.push("build".to_owned());
        }
    }

    fn build(&mut self) {
        self.begun -= 1;
        self.there += 1;
        self.built += 1;
        let boat = self.built - 1;
        if self.waiting.is_empty() && !self.rules.keeps_unasked {
            return self.scrap(boat);
        }
        self.put(boat);
    }

    fn fail(&mut self) {
        self.begun -= 1;
        if !self.rules.frees_failed {
            self.there += 1;
        }
        if self.rules.tells_failures && self.begun < self.waiting.len() {
            let front = self.waiting.pop_front();
            self.says.extend(front.map(|front| format!("refuse {front}")));
        }
        self.begin();
    }

    fn take_back(&mut self, who: &str, broken: bool) {
        let boat = self.lent.remove(who).expect("it has one");
        let worn = self.uses.get(&boat).is_some_and(|&uses| uses >= self.rules.uses_max);
        let late = self.closed && self.rules.scraps_late;
        if worn || late || broken && self.rules.scraps_broken {
            self.scrap(boat);
            if self.rules.rebuilds {
                self.begin();
            }
        } else {
            self.put(boat);
        }
    }

    fn scrap(&mut self, boat: usize) {
        self.there -= 1;
        self.says.push(format!("scrap {boat}"));
    }

    fn put(&mut self, boat: usize) {
        if self.waiting.is_empty() { self.idle.push(boat) } else { self.hand(boat) }
    }

    fn hand(&mut self, boat: usize) {
        let first = self.rules.first_come;
        let next = if first { self.waiting.pop_front() } else { self.waiting.pop_back() };
        let next = next.expect("somebody waits");
        *self.uses.entry(boat).or_default() += 1;
        self.says.push(format!("lend {boat} to {next}"));
        self.lent.insert(next, boat);
    }

    fn close(&mut self) {
        self.closed = true;
        let refused = self.waiting.drain(..).map(|who| format!("refuse {who}"));
        self.says.extend(refused);
        while let Some(boat) = self.idle.pop() {
            self.scrap(boat);
        }
    }
}
