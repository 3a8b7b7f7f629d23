//! The same report on one thread, two, and so on, up to twice as many as there are processors.

use std::thread;
use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use threads::parallel::{summarize, summarize_piece};
use witness::lab::{Column, Table, parameter, progress};

const ROUNDS: usize = 5;
/// For each thread, so that those which are done first can help the others.
const PIECES: usize = 16;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = text(parameter("lines"));
    let most = 2 * thread::available_parallelism()?.get();
    let sizes: Vec<usize> =
        (0..).map(|power| 1 << power).take_while(|&size| size <= most).collect();
    let mut table = Table::new(vec![
        Column { key: "time", title: "time", unit: "ms", digits: 1 },
        Column { key: "gain", title: "as fast as one thread", unit: "×", digits: 2 },
    ]);
    let expected = summarize_piece(&text);
    let mut one = None;
    for (done, &size) in sizes.iter().enumerate() {
        progress(done, sizes.len());
        let pool = ThreadPoolBuilder::new().num_threads(size).build()?;
        let rounds = (0..ROUNDS).map(|_| {
            pool.install(|| {
                let begin = Instant::now();
                let stations = summarize(&text, PIECES * size);
                let time = begin.elapsed();
                assert_eq!(stations, expected, "the result does not depend on the threads");
                time
            })
        });
        let best: Duration = rounds.min().expect("there are rounds");
        let time = best.as_secs_f64();
        let gain = *one.get_or_insert(time) / time;
        let title = if size == 1 { "1 thread".to_owned() } else { format!("{size} threads") };
        table.row(&size.to_string(), &title, &[Some(time * 1e3), Some(gain)]);
    }
    progress(sizes.len(), sizes.len());
    table.note("The best of five rounds.");
    table.print();
    Ok(())
}

fn text(lines: u64) -> String {
    let line = |number: u64| {
        let station = number.wrapping_mul(2_654_435_761) % 400;
        format!("station-{station};{}\n", (number.wrapping_mul(40_503) % 901) as i64 - 400)
    };
    (0..lines).map(line).collect()
}
