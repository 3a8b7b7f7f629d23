//! One list of users in three formats: how many bytes, and how long it takes to write and to read them.
//!
//! The best of several rounds is told: whatever else a machine does makes a round longer and never shorter.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use prost::Message;
use serde::{Deserialize, Serialize};
use witness::lab::{Column, Table, parameter, progress};

/// A user, as all three formats have it. `serde` makes JSON and MessagePack of it, `prost` Protocol Buffers.
#[derive(Clone, PartialEq, Serialize, Deserialize, Message)]
struct User {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    email: String,
    #[prost(uint32, optional, tag = "4")]
    age: Option<u32>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize, Message)]
struct Page {
    #[prost(message, repeated, tag = "1")]
    users: Vec<User>,
}

/// How often each is done, and how often that is measured.
const TIMES: u32 = 20;
const ROUNDS: usize = 50;

type Bytes = Result<Vec<u8>, Box<dyn Error>>;
type Decoded = Result<Page, Box<dyn Error>>;

/// A format: its name for the book, its name, and how it is written and read.
type Format = (&'static str, &'static str, fn(&Page) -> Bytes, fn(&[u8]) -> Decoded);

const FORMATS: [Format; 4] = [
    (
        "json",
        "JSON",
        |page| Ok(serde_json::to_vec(page)?),
        |bytes| Ok(serde_json::from_slice(bytes)?),
    ),
    (
        "messagepack",
        "MessagePack, with names",
        |page| Ok(rmp_serde::to_vec_named(page)?),
        |bytes| Ok(rmp_serde::from_slice(bytes)?),
    ),
    (
        "messagepack-arrays",
        "MessagePack, without names",
        |page| Ok(rmp_serde::to_vec(page)?),
        |bytes| Ok(rmp_serde::from_slice(bytes)?),
    ),
    (
        "protobuf",
        "Protocol Buffers",
        |page| Ok(page.encode_to_vec()),
        |bytes| Ok(Page::decode(bytes)?),
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let page = page(parameter("users"));
    let count = page.users.len() as f64;
    let per_user = |key, title, unit| Column { key, title, unit, digits: 0 };
    let mut table = Table::new(vec![
        per_user("bytes", "bytes a user", "B"),
        per_user("write", "written in", "ns"),
        per_user("read", "read in", "ns"),
    ]);
    for (done, (key, title, write, read)) in FORMATS.into_iter().enumerate() {
        progress(done, FORMATS.len());
        let bytes = write(&page)?;
        assert!(read(&bytes)? == page, "what was written can be read");
        let writing = best(|| write(black_box(&page)).is_ok());
        let reading = best(|| read(black_box(&bytes)).is_ok());
        let nanoseconds = |time: Duration| Some(time.as_nanos() as f64 / count);
        let size = Some(bytes.len() as f64 / count);
        table.row(key, title, &[size, nanoseconds(writing), nanoseconds(reading)]);
    }
    progress(FORMATS.len(), FORMATS.len());
    table.note("For each user of the list; the best of 50 rounds.");
    table.print();
    Ok(())
}

/// How long something takes, at best.
fn best(mut work: impl FnMut() -> bool) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let begin = Instant::now();
        for _ in 0..TIMES {
            assert!(black_box(work()), "it works");
        }
        begin.elapsed() / TIMES
    });
    rounds.min().expect("there are rounds")
}

fn page(users: u64) -> Page {
    let user = |id| User {
        id,
        name: format!("Ada Lovelace {id}"),
        email: format!("ada.lovelace.{id}@example.org"),
        age: (id % 3 > 0).then_some(36 + id as u32 % 50),
    };
    Page { users: (1..=users).map(user).collect() }
}
