//! Ten replicas of a server, and a balancer in front of them that chooses one for each request: by chance, in turn, the less
//! busy one of two that it looks at, or the least busy one of all. Nothing here takes time but the simulation itself.

use std::collections::VecDeque;
use std::error::Error;

use witness::lab::{Column, Table, parameter, progress};

const REPLICAS: usize = 10;
/// What a request takes on average, and that is how the times in the table are to be read.
const SERVICE_MS: f64 = 10.0;
/// Of all replicas together.
const BUSY: f64 = 0.7;
/// One of them is slower by this factor, in the second half of the table: a neighbour on its host, a disk that is full.
const SLOW: f64 = 1.33;

/// Chooses a replica.
type Policy = fn(&mut Chance, turn: usize, &[Replica]) -> usize;

fn main() -> Result<(), Box<dyn Error>> {
    let requests = parameter("requests") as usize;
    let column = |key, title| Column { key, title, unit: "ms", digits: 0 };
    let mut table = Table::new(vec![
        column("median", "median"),
        column("p99", "p99"),
        column("slow-median", "one is slow: median"),
        column("slow-p99", "one is slow: p99"),
    ]);
    let policies: [(&str, &str, Policy); 4] = [
        ("chance", "any", |chance, _, _| chance.below(REPLICAS)),
        ("turn", "each in turn", |_, turn, _| turn % REPLICAS),
        ("two", "the less busy one of two", |chance, _, replicas| {
            let [one, other] = [(); 2].map(|()| chance.below(REPLICAS));
            if replicas[one].under_way() <= replicas[other].under_way() { one } else { other }
        }),
        ("least", "the least busy one", |_, turn, replicas| {
            // Of those that are as little busy as others, not always the first.
            let from_here = (0..REPLICAS).map(|number| (turn + number) % REPLICAS);
            from_here.min_by_key(|&number| replicas[number].under_way()).expect("there are some")
        }),
    ];
    for (done, (key, title, policy)) in policies.into_iter().enumerate() {
        progress(done, policies.len());
        let [median, p99] = answered_within(requests, policy, 1.0);
        let [slow_median, slow_p99] = answered_within(requests, policy, SLOW);
        table.row(key, title, &[median, p99, slow_median, slow_p99].map(Some));
    }
    progress(policies.len(), policies.len());
    table.note("Ten replicas, busy for 70 % of the time, a request takes 10 ms on average. The slow one takes a third longer.");
    table.print();
    Ok(())
}

/// A replica works at one request after the other.
struct Replica {
    slower: f64,
    /// When those that are under way will be done.
    done: VecDeque<f64>,
}

impl Replica {
    fn under_way(&self) -> usize {
        self.done.len()
    }

    /// What is done at this time is no longer under way.
    fn pass(&mut self, now: f64) {
        while self.done.pop_front_if(|done| *done <= now).is_some() {}
    }

    /// Takes a request, and says when it will be answered.
    fn take(&mut self, now: f64, work: f64) -> f64 {
        let begin = self.done.back().copied().unwrap_or(now);
        let done = begin + work * self.slower;
        self.done.push_back(done);
        done
    }
}

/// The median of the times in which requests are answered, and their 99th percentile.
fn answered_within(requests: usize, policy: Policy, slowest: f64) -> [f64; 2] {
    let mut chance = Chance(1);
    let mut replicas: Vec<_> = (0..REPLICAS)
        .map(|number| Replica {
            slower: if number == 0 { slowest } else { 1.0 },
            done: VecDeque::new(),
        })
        .collect();
    let between = SERVICE_MS / BUSY / REPLICAS as f64;
    let mut now = 0.0;
    let mut times: Vec<_> = (0..requests)
        .map(|turn| {
            now += chance.exponential(between);
            replicas.iter_mut().for_each(|replica| replica.pass(now));
            let chosen = policy(&mut chance, turn, &replicas);
            replicas[chosen].take(now, chance.exponential(SERVICE_MS)) - now
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    [times[requests / 2], times[requests * 99 / 100]]
}

/// Numbers as if by chance, the same ones each time (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// What comes without regard to what came before, every `mean` on average.
    fn exponential(&mut self, mean: f64) -> f64 {
        let share = ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
        -share.ln() * mean
    }
}
