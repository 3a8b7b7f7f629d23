//! What is read from a shelf was put there, and not half of it.

use api_server::board::shelf::Shelf;
use loom::model::Builder;
use loom::sync::Arc;
use loom::thread;

use crate::word::Word;

#[test]
fn who_looks_while_others_write_sees_whole_records() {
    let mut builder = Builder::new();
    // With more, it takes minutes.
    builder.preemption_bound = Some(2);
    builder.check(|| {
        let shelf = Arc::new(Shelf::<1, 2, Word>::default());
        let writers = [1, 2].map(|value| {
            let shelf = Arc::clone(&shelf);
            thread::spawn(move || shelf.put(&[value, value]))
        });
        for [first, second] in shelf.all() {
            assert!(
                first == second && first > 0,
                "{first} and {second} were not put there together"
            );
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert!(shelf.all().len() <= 1 && shelf.count() == 2);
    });
}

#[test]
fn the_latest_come_first_and_the_oldest_go() {
    loom::model(|| {
        let shelf = Shelf::<3, 1, Word>::default();
        assert!(shelf.all().is_empty());
        (1..=5).for_each(|value| shelf.put(&[value]));
        assert_eq!(shelf.all(), [[5], [4], [3]]);
    });
}
