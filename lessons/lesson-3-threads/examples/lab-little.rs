//! Pools of different sizes, the same clients: how many requests a second, how long each takes, and how many there are inside.
//!
//! A request waits, as for a database. Clients send their next request when they have the answer to the
//! last one. The number inside is not counted: it is computed from the other two, as Little's law says, and should be the
//! number of clients.

use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use threads::pool::Pool;
use witness::lab::{Column, Table, parameter, progress};

const SIZES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
/// What a request waits for.
const WAIT: Duration = Duration::from_millis(2);

fn main() -> std::io::Result<()> {
    let (clients, requests) = (parameter("clients") as usize, parameter("requests") as usize);
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("rate", "requests a second", "", 0),
        column("p50", "p50", "ms", 1),
        column("p99", "p99", "ms", 1),
        column("inside", "inside, by Little's law", "requests", 1),
    ]);
    for (done, size) in SIZES.into_iter().enumerate() {
        progress(done, SIZES.len());
        let mut times = Vec::new();
        let begin = Instant::now();
        measure(size, clients, requests, &mut times)?;
        let rate = times.len() as f64 / begin.elapsed().as_secs_f64();
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1].as_secs_f64();
        let mean = times.iter().sum::<Duration>().as_secs_f64() / times.len() as f64;
        let title = if size == 1 { "1 thread".to_owned() } else { format!("{size} threads") };
        let row = [rate, at(50) * 1e3, at(99) * 1e3, rate * mean];
        table.row(&size.to_string(), &title, &row.map(Some));
    }
    progress(SIZES.len(), SIZES.len());
    table.note("Each request waits for 2 ms, without a processor.");
    table.print();
    Ok(())
}

/// Has `clients` send `requests` together, and notes how long each took, from submitting to the answer.
fn measure(
    size: usize,
    clients: usize,
    requests: usize,
    times: &mut Vec<Duration>,
) -> std::io::Result<()> {
    let pool = Pool::new("little", NonZeroUsize::new(size).expect("not zero"), clients)?;
    thread::scope(|scope| {
        let asking = || {
            let mut times = Vec::new();
            for _ in 0..requests.div_ceil(clients) {
                let (done, answer) = mpsc::channel();
                let begin = Instant::now();
                pool.submit(Box::new(move || {
                    thread::sleep(WAIT);
                    let _ = done.send(());
                }));
                answer.recv().expect("it is answered");
                times.push(begin.elapsed());
            }
            times
        };
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(asking)).collect();
        for thread in threads {
            times.extend(thread.join().expect("a client does not panic"));
        }
    });
    Ok(())
}
