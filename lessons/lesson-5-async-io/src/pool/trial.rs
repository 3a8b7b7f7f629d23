//! A test of pools that tells a wrong one from a right one.
//!
//! It plays histories to a lender, in words, and looks at what the lender does. It is run with the reference, which it must let
//! pass, and with lenders that are wrong in one way each, which it must not.

/// A pool of boats. It is told what has happened, and says what it does about it.
///
/// | it is told | which means |
/// | --- | --- |
/// | `ask CLIENT` | somebody wants a boat, and waits |
/// | `built`, `failed` | the boat that was begun first is there; or cannot be built |
/// | `return CLIENT`, `break CLIENT` | its boat comes back; and is broken |
/// | `leave CLIENT` | it does not want to wait any more |
/// | `close` | nothing is lent any more |
///
/// | it says | which means |
/// | --- | --- |
/// | `build` | another boat is begun |
/// | `lend BOAT to CLIENT` | it has the boat now |
/// | `refuse CLIENT` | it gets an error, and waits no more |
/// | `scrap BOAT` | the boat is gone |
///
/// What becomes of a boat that is finished behind `close`, it does as it likes.
///
/// Boats are numbered from 0, in the order in which they are there. Clients are letters. There are two boats at most, those that
/// are being built included, each is lent three times at most, and none is built before somebody asks.
pub type Lender = Box<dyn FnMut(&str) -> Vec<String>>;

/// Tells the lender several things, one after the other, and returns what it does about the last one, in the order of the
/// alphabet.
fn told(lender: &mut Lender, events: &str) -> Vec<String> {
    let mut done = Vec::new();
    for event in events.split(", ") {
        done = lender(event);
    }
    done.sort_unstable();
    done
}

/// Tries lenders. `make` makes one.
///
/// # Panics
///
/// They are wrong.
pub fn trial(make: fn() -> Lender) {
    let nothing: [&str; 0] = [];

    // What comes back is lent again.
    let mut lender = make();
    assert_eq!(told(&mut lender, "ask a"), ["build"]);
    assert_eq!(told(&mut lender, "built"), ["lend 0 to a"]);
    assert_eq!(told(&mut lender, "return a"), nothing);
    assert_eq!(told(&mut lender, "ask b"), ["lend 0 to b"]);

    // more who ask than there are boats; who comes first; somebody who leaves the queue, or before its boat is built
    // a boat that breaks, one that was lent three times, one that cannot be built; the end
    todo!("play more histories, and panic when a lender does anything else than it should")
}
