//! A ring with four places: a producer that is quicker for a while, and a consumer that is quicker afterwards.
//!
//! One thread plays both ends, so that everything happens in one order.

use std::error::Error;

use sync::ring::{Consumer, Producer, ring};
use witness::trace::{Event, Gauge, Recorder, program};

const PLACES: usize = 4;

struct Stage {
    trace: Recorder,
    producer: Producer<u32>,
    consumer: Consumer<u32>,
    /// What was ever put in, and taken.
    put: u32,
    taken: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title, max| Gauge { key, title, unit: "", max };
    let trace = Recorder::new(
        &[program("producer"), program("ring"), program("consumer")],
        &[
            gauge("tail", "tail", 8),
            gauge("head", "head", 8),
            gauge("items", "items", PLACES as u64),
        ],
    );
    let (producer, consumer) = ring(PLACES);
    let mut stage = Stage { trace, producer, consumer, put: 0, taken: 0 };
    (0..3).for_each(|_| stage.push());
    stage.pop();
    (0..3).for_each(|_| stage.push());
    (0..2).for_each(|_| stage.pop());
    stage.push();
    (0..4).for_each(|_| stage.pop());
    Ok(stage.trace.print()?)
}

impl Stage {
    fn push(&mut self) {
        let number = self.put;
        match self.producer.push(number) {
            Ok(()) => {
                self.put += 1;
                let place = number as usize % PLACES;
                let event = self.event("producer", "push").to("ring");
                event.says(format!(
                    "item {number} is written to place {place}, and then the tail is {}",
                    self.put
                ));
            }
            Err(number) => {
                let event = self.event("producer", "full").bad().to("ring");
                event.says(format!(
                    "item {number} finds no place: the tail is {PLACES} ahead of the head"
                ));
            }
        }
    }

    fn pop(&mut self) {
        match self.consumer.pop() {
            Some(number) => {
                self.taken += 1;
                let place = number as usize % PLACES;
                let event = self.event("ring", "pop").to("consumer");
                event.says(format!(
                    "item {number} is read from place {place}, and then the head is {}",
                    self.taken
                ));
            }
            None => {
                let event = self.event("ring", "empty").bad().to("consumer");
                event.says("nothing: the head has caught up with the tail");
            }
        }
    }

    fn event(&self, lane: &'static str, kind: &'static str) -> Event<'_> {
        let event = self.trace.event(lane, kind).gauge("tail", u64::from(self.put));
        let event = event.gauge("head", u64::from(self.taken));
        event.gauge("items", u64::from(self.put - self.taken))
    }
}
