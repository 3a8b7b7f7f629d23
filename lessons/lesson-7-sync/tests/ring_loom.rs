//! Goal: whatever the order of events, an item is written before it is read, and read before its place is written again;
//! and what is left is dropped once.
//!
//! Method: loom runs each scene in every order of events that makes a difference, and complains when two threads have a
//! place at once, or one without seeing what the other did.
//! Not proven: more items than these.

use loom::sync::Arc;
use loom::thread;
use sync::ring::ring;

#[test]
fn what_comes_out_is_what_was_put_in() {
    loom::model(|| {
        let (mut producer, mut consumer) = ring(2);
        let putting = thread::spawn(move || {
            producer.push(1).unwrap();
            producer.push(2).unwrap();
        });
        let first = consumer.pop();
        let second = consumer.pop();
        putting.join().unwrap();
        let rest = [first, second, consumer.pop(), consumer.pop()];
        let came: Vec<_> = rest.into_iter().flatten().collect();
        assert_eq!(came, [1, 2]);
    });
}

#[test]
fn a_place_is_written_again_only_when_it_was_read() {
    loom::model(|| {
        let (mut producer, mut consumer) = ring(1);
        producer.push(1).unwrap();
        let putting = thread::spawn(move || producer.push(2).is_ok());
        assert_eq!(consumer.pop(), Some(1));
        if putting.join().unwrap() {
            assert_eq!(consumer.pop(), Some(2));
        }
        assert_eq!(consumer.pop(), None);
    });
}

#[test]
fn around_a_ring_of_one_all_come_in_order() {
    loom::model(|| {
        let (mut producer, mut consumer) = ring(1);
        let putting =
            thread::spawn(move || (0..3).filter(|number| producer.push(*number).is_ok()).count());
        let mut came = [consumer.pop(), consumer.pop()].to_vec();
        let put_in = putting.join().unwrap();
        came.push(consumer.pop());
        let came: Vec<_> = came.into_iter().flatten().collect();
        assert_eq!(came.len(), put_in, "{came:?}");
        assert!(came.is_sorted(), "{came:?}");
    });
}

#[test]
fn what_is_left_is_dropped_by_whoever_goes_last() {
    loom::model(|| {
        let item = Arc::new(());
        let (mut producer, mut consumer) = ring(2);
        let putting = thread::spawn({
            let item = Arc::clone(&item);
            move || {
                producer.push(Arc::clone(&item)).unwrap();
                producer.push(item).unwrap();
            }
        });
        drop(consumer.pop());
        drop(consumer);
        putting.join().unwrap();
        assert_eq!(Arc::strong_count(&item), 1);
    });
}
