//! What it shows: how the runner judges. Nothing is timed: each side's times are written here, one for each round, from
//! the beginning again when they are used up, in the files that criterion would write.

use std::path::Path;
use std::{env, fs};

const NAIVE_NS: &[f64] = &[100.0];
const YOURS_NS: &[f64] = &[12.0];
const REFERENCE_NS: &[f64] = &[10.0];

fn main() {
    let id = env::args().nth(1).expect("the runner names the benchmark");
    let (_, side) = id.split_once('/').expect("GROUP/SIDE");
    let (times, count): (_, fn(&[u8], u8) -> usize) = match side {
        "naive" => (NAIVE_NS, solution::count::count),
        "yours" => (YOURS_NS, tiny::count::count),
        "reference" => (REFERENCE_NS, solution::count::count),
        other => panic!("there is no side `{other}`"),
    };
    assert_eq!(count(b"banana", b'a'), 3, "the result is asserted inside the timed code");
    let round = next_round(side);
    write(&id, times[round % times.len()]);
}

/// How often this side has run before.
fn next_round(side: &str) -> usize {
    let path = format!("benches/.rounds-{side}");
    let round = fs::read_to_string(&path).map_or(0, |text| text.parse().expect("a number"));
    fs::write(&path, (round + 1_usize).to_string()).expect("the lesson's folder is writable");
    round
}

fn write(id: &str, time: f64) {
    let home = env::var_os("CRITERION_HOME").expect("the runner says where to write");
    let folder = Path::new(&home).join(id).join("new");
    fs::create_dir_all(&folder).expect("criterion's folder is writable");
    fs::write(folder.join("benchmark.json"), format!(r#"{{"full_id":"{id}"}}"#)).expect("writes");
    let sample = format!(r#"{{"iters":[2.0],"times":[{:?}]}}"#, 2.0 * time);
    fs::write(folder.join("sample.json"), sample).expect("writes");
}
