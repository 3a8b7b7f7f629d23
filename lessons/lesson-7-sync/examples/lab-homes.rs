//! On which of ten hosts does a key live, and how many must move when there is an eleventh? Four ways to say it.

use std::error::Error;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

use witness::lab::{Column, Table, parameter, progress};

const HOSTS: u64 = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let keys = parameter("keys");
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("moved", "keys that move for an eleventh host", "%", 1),
        column("fullest", "the fullest host, as a multiple of a fair share", "×", 2),
    ]);
    let ways: [(&str, &str, Way); 4] = [
        ("modulo", "the hash modulo the number of hosts", modulo),
        ("one", "a ring, each host at one place", |hosts| on_a_ring(hosts, 1)),
        ("hundred", "a ring, each host at a hundred places", |hosts| on_a_ring(hosts, 100)),
        ("highest", "the host that hashes highest with the key", highest),
    ];
    for (done, (key, title, way)) in ways.into_iter().enumerate() {
        progress(done, ways.len());
        let (before, after) = (way(HOSTS), way(HOSTS + 1));
        let mut full = [0_u64; HOSTS as usize];
        let mut moved = 0_u64;
        for key in 0..keys {
            let home = before(key);
            full[home as usize] += 1;
            moved += u64::from(after(key) != home);
        }
        let fullest = full.into_iter().max().unwrap_or(0);
        let shares = [moved as f64 * 100.0 / keys as f64, (fullest * HOSTS) as f64 / keys as f64];
        table.row(key, title, &shares.map(Some));
    }
    progress(ways.len(), ways.len());
    table.note(
        "The fair share of an eleventh host is 9.1 %: so many keys, and no more, have to move.",
    );
    table.print();
    Ok(())
}

/// Says which host a key lives on.
type Home = Box<dyn Fn(u64) -> u64>;
/// For so many hosts.
type Way = fn(u64) -> Home;

fn modulo(hosts: u64) -> Home {
    Box::new(move |key| hash(key) % hosts)
}

/// A key lives on the host whose place is the next one behind the key's own.
fn on_a_ring(hosts: u64, places: u64) -> Home {
    let place = |host| move |number| (hash((host, number)), host);
    let mut ring: Vec<_> = (0..hosts).flat_map(|host| (0..places).map(place(host))).collect();
    ring.sort_unstable();
    Box::new(move |key| {
        let next = ring.partition_point(|(place, _)| *place < hash(key));
        ring[next % ring.len()].1
    })
}

/// Each host draws a number for each key, the same one each time, and the highest one wins.
fn highest(hosts: u64) -> Home {
    Box::new(move |key| (0..hosts).max_by_key(|&host| hash((host, key))).expect("there is a host"))
}

/// The same one in every process, or two hosts would not agree.
fn hash(value: impl Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}
