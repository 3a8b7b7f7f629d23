//! What it shows: the time to send 16 answers, each of a head of 150 bytes and a body of 1 KiB, over a connection on this
//! host whose peer takes them in one go. The naive one makes a call for each head and each body. The group
//! `vectored-ways` compares with putting them together first, for small bodies and large ones.
//!
//! What it does not show: a network. Each call may become a packet of its own there (`TCP_NODELAY`), and the peer has to
//! deal with each.

use std::io::{Read as _, Write};
use std::net::TcpStream;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use witness::tcp;

const ANSWERS: usize = 16;
const HEAD: &[u8] = &[b'h'; 150];
const BODY_BYTES: usize = 1 << 10;
const ROOM: usize = 1 << 22;

/// Times `send`, which sends all answers, and their arrival.
fn time(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    bytes: usize,
    mut send: impl FnMut(&mut TcpStream),
) {
    let (mut client, mut server) = tcp::pair();
    let mut arrived = vec![0; ANSWERS * (HEAD.len() + bytes)];
    group.throughput(Throughput::Elements(ANSWERS as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            send(&mut server);
            client.read_exact(&mut arrived).expect("all arrive");
        });
        assert!(arrived.ends_with(&vec![b'b'; bytes]));
    });
}

fn vectored(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("vectored");
    let body = [b'b'; BODY_BYTES];
    time(&mut group, "naive", BODY_BYTES, |to| {
        for _ in 0..ANSWERS {
            solution::naive::vectored::send(&[HEAD, &body], to).expect("the peer reads");
        }
    });
    let mut yours = memory::vectored::Outbox::new(ROOM);
    time(&mut group, "yours", BODY_BYTES, |to| {
        (0..ANSWERS).for_each(|_| yours.push([HEAD, &body]).expect("there is room"));
        yours.send(to).expect("the peer reads");
    });
    let mut reference = solution::vectored::Outbox::new(ROOM);
    time(&mut group, "reference", BODY_BYTES, |to| {
        (0..ANSWERS).for_each(|_| reference.push([HEAD, &body]).expect("there is room"));
        reference.send(to).expect("the peer reads");
    });
    group.finish();
}

fn ways(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("vectored-ways");
    for bytes in [100, 1 << 10, 8 << 10] {
        let body = vec![b'b'; bytes];
        let mut outbox = solution::vectored::Outbox::new(ROOM);
        time(&mut group, &format!("gathered-{bytes}"), bytes, |to| {
            (0..ANSWERS).for_each(|_| outbox.push([HEAD, &body]).expect("there is room"));
            outbox.send(to).expect("the peer reads");
        });
        let mut together = Vec::with_capacity(ROOM);
        time(&mut group, &format!("copied-{bytes}"), bytes, |to| {
            together.clear();
            for _ in 0..ANSWERS {
                together.extend_from_slice(HEAD);
                together.extend_from_slice(&body);
            }
            to.write_all(&together).expect("the peer reads");
        });
    }
    group.finish();
}

criterion_group!(benches, vectored, ways);
criterion_main!(benches);
