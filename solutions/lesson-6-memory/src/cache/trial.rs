//! A test of caches that tells a wrong one from a right one.
//!
//! It plays histories to a shelf, in words, and looks at what the shelf says. It is run with shelves that are right, of
//! which one throws out by SIEVE and two by LRU, and must let them pass; and with shelves that are wrong in one way each,
//! which it must not.

/// A cache. It is told what happens, and at which second, and answers.
///
/// | it is told | which means | it answers |
/// | --- | --- | --- |
/// | `7 put KEY BYTES` | an entry is written | `kept`, or `too large` |
/// | `7 get KEY` | it is asked for | `hit`, or `miss` |
/// | `7 remove KEY` | it is taken out | nothing |
/// | `7 count` | | `2 items, 30 bytes`: those that are too old and were not looked at since may be among them |
///
/// Keys are letters. There are three items at most, with 100 bytes at most, and each lives for 60 seconds: what was put in at
/// second 7 is dead at second 67.
pub type Shelf = Box<dyn FnMut(&str) -> String>;

/// Tells the shelf several things, one after the other, and returns what it answers to the last one.
fn told(shelf: &mut Shelf, events: &str) -> String {
    events.split(", ").map(shelf).last().expect("there is one")
}

/// Tries shelves. `make` makes one.
///
/// # Panics
///
/// They are wrong.
pub fn trial(make: fn() -> Shelf) {
    // What was put in is there, and nothing else.
    let mut shelf = make();
    assert_eq!(told(&mut shelf, "0 put a 10"), "kept");
    assert_eq!(told(&mut shelf, "0 get a"), "hit");
    assert_eq!(told(&mut shelf, "0 get b"), "miss");
    assert_eq!(told(&mut shelf, "0 count"), "1 items, 10 bytes");

    // ANCHOR: trial
    // TASK: play more histories, and panic when a shelf says anything else than it should
    // STEP: each of the three bounds; who goes when there is no room, the one that was asked for or the other one
    // STEP: what is written again under its key, what is removed, what is too large, what is dead already
    // Three at most. Of two that are equally old, the one that nobody has asked for goes.
    let mut shelf = make();
    told(&mut shelf, "0 put a 1, 0 put b 1, 0 put c 1, 0 get a, 0 get c, 0 put d 1");
    assert_eq!(told(&mut shelf, "0 count"), "3 items, 3 bytes");
    assert_eq!(told(&mut shelf, "0 get b"), "miss");
    assert_eq!(told(&mut shelf, "0 get a"), "hit");
    assert_eq!(told(&mut shelf, "0 get d"), "hit");

    // 100 bytes at most, and as many go as must.
    let mut shelf = make();
    told(&mut shelf, "0 put a 40, 0 put b 40, 0 put c 20");
    assert_eq!(told(&mut shelf, "0 put d 60"), "kept");
    assert_eq!(told(&mut shelf, "0 get d"), "hit");
    assert_eq!(told(&mut shelf, "0 count"), "2 items, 80 bytes");

    // Nobody lives longer for being asked for, and nobody is served at the end of its time.
    let mut shelf = make();
    told(&mut shelf, "0 put a 10, 30 get a");
    assert_eq!(told(&mut shelf, "59 get a"), "hit");
    assert_eq!(told(&mut shelf, "60 get a"), "miss");
    assert_eq!(told(&mut shelf, "60 count"), "0 items, 0 bytes");

    // What is written again has its new size and a new time.
    let mut shelf = make();
    told(&mut shelf, "0 put a 90, 50 put a 10");
    assert_eq!(told(&mut shelf, "50 count"), "1 items, 10 bytes");
    assert_eq!(told(&mut shelf, "109 get a"), "hit");

    // What is removed leaves its room.
    let mut shelf = make();
    told(&mut shelf, "0 put a 90, 0 remove a");
    assert_eq!(told(&mut shelf, "0 count"), "0 items, 0 bytes");
    assert_eq!(told(&mut shelf, "0 get a"), "miss");

    // What is too large throws nobody out, and what was there under its key is not true any more.
    let mut shelf = make();
    told(&mut shelf, "0 put a 10, 0 put b 10");
    assert_eq!(told(&mut shelf, "0 put a 101"), "too large");
    assert_eq!(told(&mut shelf, "0 get a"), "miss");
    assert_eq!(told(&mut shelf, "0 get b"), "hit");
    assert_eq!(told(&mut shelf, "0 put c 90"), "kept");
    assert_eq!(told(&mut shelf, "0 count"), "2 items, 100 bytes");

    // Who is dead goes before who is alive.
    let mut shelf = make();
    told(&mut shelf, "0 put a 1, 30 put b 1, 30 put c 1, 30 get a");
    told(&mut shelf, "70 put d 1");
    assert_eq!(told(&mut shelf, "70 get b"), "hit");
    assert_eq!(told(&mut shelf, "70 get c"), "hit");
    // ANCHOR_END: trial
}
