//! Goal: nobody who adds up all lives sees a fold half done, in whatever order the processor makes the accesses visible.
//!
//! Method: loom runs a small history in every order that the memory model allows.
//! Not proven: more than one fold against one reader, and one number in each place. The words of a place are independent.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;
use processes::shared::{Cell, Counter, Lives, Tally};

/// A word of loom's in the place of the processor's.
#[derive(Default)]
struct Word(AtomicU64);

impl Cell for Word {
    fn load(&self, order: Ordering) -> u64 {
        self.0.load(order)
    }

    fn store(&self, value: u64, order: Ordering) {
        self.0.store(value, order);
    }

    fn add(&self, value: u64, order: Ordering) -> u64 {
        self.0.fetch_add(value, order)
    }

    fn fence(order: Ordering) {
        loom::sync::atomic::fence(order);
    }
}

#[derive(Default)]
struct Requests(Counter<Word>);

impl Tally for Requests {
    fn add(&self, other: &Self) {
        self.0.add(other.0.get());
    }

    fn clear(&self) {
        self.0.clear();
    }
}

#[test]
fn a_sum_is_whole_or_says_that_it_is_not() {
    loom::model(|| {
        let lives = Arc::new(Lives::<Requests, 1, Word>::default());
        lives.begin(0);
        lives.place(0).0.add(3);
        let reading = thread::spawn({
            let lives = Arc::clone(&lives);
            move || {
                let sum = Requests::default();
                let whole = lives.sum_within(&sum, 1);
                assert_eq!(sum.0.get(), if whole { 3 } else { 0 });
            }
        });
        lives.fold(0);
        reading.join().unwrap();
        let after = Requests::default();
        assert!(lives.sum_within(&after, 1));
        assert_eq!(after.0.get(), 3);
    });
}
