//! Requests arrive at a limiter of ten a second, of which three may come at once: some in a burst, some evenly, one after a
//! pause.

use std::error::Error;
use std::time::{Duration, Instant};

use sync::limiter::{Limit, Limiter, Verdict};
use witness::trace::{Gauge, Recorder, program};

/// When the requests come, in milliseconds.
const ARRIVALS: [u64; 13] = [0, 0, 0, 0, 50, 100, 150, 200, 300, 400, 900, 900, 950];
const BURST: u32 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title, unit, max| Gauge { key, title, unit, max };
    let trace = Recorder::new(
        &[program("client"), program("limiter")],
        &[
            gauge("left", "may still come at once", "", u64::from(BURST)),
            gauge("full", "until all may", "ms", 300),
        ],
    );
    let limiter = Limiter::<8>::default();
    let limit = Limit::new(10, Duration::from_secs(1), BURST).ok_or("that is a limit")?;
    let begin = Instant::now();
    for (number, at) in ARRIVALS.into_iter().enumerate() {
        // The times are made up: nobody waits for them.
        let now = Duration::from_millis(at);
        let event = |kind| trace.event("limiter", kind).at(begin + now).to("client");
        let milliseconds = |time: Duration| time.as_millis() as u64;
        match limiter.check(7, now, &limit) {
            Verdict::Admitted { remaining, reset } => {
                let event = event("admit").gauge("left", u64::from(remaining));
                let event = event.gauge("full", milliseconds(reset));
                event.says(format!("request {number} comes at {at} ms, and is admitted"));
            }
            Verdict::Refused { retry_after, reset } => {
                let wait = milliseconds(retry_after);
                let event =
                    event("refuse").bad().gauge("left", 0).gauge("full", milliseconds(reset));
                event
                    .says(format!("request {number} comes at {at} ms, and is {wait} ms too early"));
            }
        }
    }
    Ok(trace.print()?)
}
