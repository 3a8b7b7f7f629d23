//! Work that takes the processor: it goes to the pool, and ends when nobody waits for it.

use std::rc::Rc;

use serde::Serialize;
use solution_3_threads::pool::Full;
use solution_5_async_io::offload::{Asker, OffloadError, offload};

use super::Route;
use crate::app::App;
use crate::message::{Body, Reply, Request, Response};
use crate::observe::trace::Work;
use crate::primes;
use crate::problem::{problem, unavailable};

/// A second or two of work.
const BELOW_MAX: u64 = 500_000_000;

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
        let count = move |asker: &Asker<'_, u64>| primes::count(below, || !asker.is_gone());
        let counted = offload(submit, count).await;
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
