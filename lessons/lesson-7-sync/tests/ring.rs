//! Goal: what is put in comes out, once, in order; the ring is full and empty exactly when it should be; and what nobody
//! has taken out is dropped.
//!
//! Method: random histories next to a queue, items that count their drops, and threads that have their ends one after the other.
//! Not proven: two threads at the same time (`ring_loom`), and speed (the benchmark).

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

use proptest::prelude::*;
use proptest::test_runner::Config;
use sync::ring::ring;
use witness::allocations::{CountingAllocator, counted};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn what_is_put_in_comes_out_in_order() {
    let (mut producer, mut consumer) = ring(4);
    assert_eq!(consumer.pop(), None::<&str>);
    producer.push("one").expect("there is room");
    producer.push("two").expect("there is room");
    assert_eq!([consumer.pop(), consumer.pop(), consumer.pop()], [Some("one"), Some("two"), None]);
}

#[test]
fn it_is_full_with_as_many_as_it_has_places() {
    for capacity in [1, 2, 8] {
        let (mut producer, mut consumer) = ring(capacity);
        for round in 0..3 {
            for number in 0..capacity {
                assert_eq!(
                    producer.push((round, number)),
                    Ok(()),
                    "{number} of {capacity} places are taken"
                );
            }
            assert_eq!(producer.push((9, 9)), Err((9, 9)), "all {capacity} places are taken");
            for number in 0..capacity {
                assert_eq!(
                    consumer.pop(),
                    Some((round, number)),
                    "round {round} of {capacity} places"
                );
            }
            assert_eq!(consumer.pop(), None, "round {round} of {capacity} places");
        }
    }
}

#[test]
fn a_place_is_vacant_as_soon_as_its_item_is_taken() {
    let (mut producer, mut consumer) = ring(2);
    producer.push(0).expect("there is room");
    producer.push(1).expect("there is room");
    for number in 2..100 {
        assert_eq!(producer.push(number), Err(number));
        assert_eq!(consumer.pop(), Some(number - 2));
        assert_eq!(producer.push(number), Ok(()), "one was taken");
    }
}

#[test]
fn items_are_dropped_once() {
    let item = Arc::new(());
    let (mut producer, mut consumer) = ring(4);
    for _ in 0..4 {
        producer.push(Arc::clone(&item)).expect("there is room");
    }
    assert_eq!(Arc::strong_count(&item), 5);
    drop(producer.push(Arc::clone(&item)));
    assert_eq!(Arc::strong_count(&item), 5, "what was refused came back, and is gone");
    drop(consumer.pop());
    assert_eq!(Arc::strong_count(&item), 4, "one was taken out");
    producer.push(Arc::clone(&item)).expect("there is room");
    drop(producer);
    assert_eq!(Arc::strong_count(&item), 5, "the consumer may still want them");
    drop(consumer.pop());
    drop(consumer);
    assert_eq!(Arc::strong_count(&item), 1, "the rest went with the ring");
}

#[test]
fn the_consumer_may_go_first() {
    let item = Arc::new(());
    let (mut producer, consumer) = ring(4);
    producer.push(Arc::clone(&item)).expect("there is room");
    drop(consumer);
    assert!(producer.is_abandoned());
    drop(producer);
    assert_eq!(Arc::strong_count(&item), 1);
}

#[test]
fn an_end_knows_that_the_other_one_has_gone() {
    let (producer, mut consumer) = ring::<u8>(2);
    assert!(!producer.is_abandoned() && !consumer.is_abandoned());
    drop(producer);
    assert!(consumer.is_abandoned());
    assert_eq!(consumer.pop(), None);
}

#[test]
fn only_making_it_allocates() {
    let (mut producer, mut consumer) = ring(8);
    let ((), counts) = counted(|| {
        for number in 0..1000 {
            producer.push(number).expect("there is room");
            assert_eq!(consumer.pop(), Some(number));
        }
    });
    assert_eq!(counts.allocations, 0);
}

#[test]
fn an_end_may_go_to_another_thread() {
    let (mut producer, mut consumer) = ring(8);
    let putting = thread::spawn(move || {
        (0..8).for_each(|number| producer.push(number.to_string()).expect("there is room"));
        producer
    });
    let mut producer = putting.join().expect("no panic");
    let taking = thread::spawn(move || {
        let all: Vec<_> = (0..8).map_while(|_| consumer.pop()).collect();
        (consumer, all)
    });
    let (mut consumer, all) = taking.join().expect("no panic");
    assert_eq!(all, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    producer.push("8".into()).expect("there is room again");
    assert_eq!(consumer.pop(), Some("8".into()));
}

#[test]
#[should_panic(expected = "no power of two")]
fn a_capacity_that_is_no_power_of_two_is_refused() {
    drop(ring::<u8>(3));
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn it_is_a_queue_with_a_bound(capacity in 0..4_u32, steps in prop::collection::vec(any::<bool>(), 0..200)) {
        let capacity = 1 << capacity;
        let (mut producer, mut consumer) = ring(capacity);
        let mut model = VecDeque::new();
        for (number, puts) in steps.into_iter().enumerate() {
            if puts {
                let room = model.len() < capacity;
                prop_assert_eq!(producer.push(number), if room { Ok(()) } else { Err(number) });
                if room {
                    model.push_back(number);
                }
            } else {
                prop_assert_eq!(consumer.pop(), model.pop_front());
            }
        }
    }
}
