//! Work that takes the processor: it goes to the pool, and ends when nobody waits for it.

use std::rc::Rc;

use serde::Serialize;
use solution_3_threads::pool::Full;
use solution_5_async_io::offload::{Asker, OffloadError, offload};

use super::Route;
use crate::app::App;
use crate::message::{Body, Reply, Request, Response};
use crate::observe::trace::Work;
use crate::problem::{problem, unavailable};

/// A second or two of work.
const BELOW_MAX: u64 = 500_000_000;
/// Numbers that are sieved together: their flags fit into the first-level cache, and one takes some 50 µs.
const SEGMENT: u64 = 32 * 1024;

#[derive(Serialize)]
struct Primes {
    below: u64,
    count: u64,
}

/// `GET /compute/primes/{below}`: how many primes there are below a number.
#[utoipa::path(get, path = "/compute/primes/{below}", params(("below" = u64, Path, description = "Up to 500000000")), responses((status = 200, description = "How many primes there are below the number"), (status = 503, description = "Too many computations wait")))]
pub(super) fn primes(app: &Rc<App>, request: &Request<'_>, route: &Route<'_, '_>) -> Reply {
    let below = route.parameter("below").and_then(|below| below.parse().ok());
    let Some(below) = below.filter(|&below| below <= BELOW_MAX) else {
        return Reply::Now(problem(400, &format!("a whole number up to {BELOW_MAX} is asked for")));
    };
    let (app, recording) = (Rc::clone(app), request.recording.clone());
    Reply::later(async move {
        let doing = recording.span(Work::Compute);
        let submit = |job| app.compute.try_submit(job).map_err(|Full(job)| job);
        let counted = offload(submit, move |asker| count_primes(below, asker)).await;
        doing.end(counted.is_err());
        match counted {
            Ok(count) => answer(&Primes { below, count }),
            Err(OffloadError::Full) => {
                app.numbers().shed.add(1);
                unavailable("too many computations wait")
            }
            Err(OffloadError::Failed) => problem(500, "the computation failed"),
        }
    })
}

fn answer(primes: &Primes) -> Response {
    let bytes = serde_json::to_vec(primes).expect("numbers can be written");
    Response::new(200, "application/json", Body::from(bytes))
}

/// Sieves segment by segment; asks between two whether anybody waits.
fn count_primes(below: u64, asker: &Asker<'_, u64>) -> Option<u64> {
    let small = small_primes(below.isqrt());
    let mut composite = vec![false; SEGMENT as usize];
    let mut count = 0;
    let mut start = 2;
    while start < below {
        if asker.is_gone() {
            return None;
        }
        let end = (start + SEGMENT).min(below);
        composite.fill(false);
        for &prime in small.iter().take_while(|&&prime| prime * prime < end) {
            let first = start.next_multiple_of(prime).max(prime * prime);
            for multiple in (first..end).step_by(prime as usize) {
                composite[(multiple - start) as usize] = true;
            }
        }
        let flags = &composite[..(end - start) as usize];
        count += flags.iter().filter(|&&composite| !composite).count() as u64;
        start = end;
    }
    Some(count)
}

/// All primes up to `last`, which is small.
fn small_primes(last: u64) -> Vec<u64> {
    let mut primes: Vec<u64> = Vec::new();
    for number in 2..=last {
        let divides = |&&prime: &&u64| number % prime == 0;
        let divisor = primes.iter().take_while(|&&prime| prime * prime <= number).find(divides);
        if divisor.is_none() {
            primes.push(number);
        }
    }
    primes
}
