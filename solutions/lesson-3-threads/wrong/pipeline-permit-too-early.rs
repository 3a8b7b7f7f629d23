//! A permit goes back as soon as its item was worked on.
//!
//! Rejected by: `a_slow_sink_slows_down_the_source`, `what_comes_too_early_is_still_on_the_way`
//!
//! The result is still there, and waits for its turn. While the first item takes its time, the source makes new ones and all
//! their results pile up behind it: the bound is none. Give the permit back when the sink has had the result.
// ANCHOR: collect
let mut early = BTreeMap::new();
let mut next = 0;
loop {
    let (number, outcome) = select! {
        recv(results) -> result => match result {
            Ok(result) => result,
            Err(_) => return Ok(()),
        },
        recv(cancel) -> _ => return Err(Cancelled),
    };
    let _ = permit.try_send(());
    early.insert(number, outcome.unwrap_or_else(|panic| resume_unwind(panic)));
    while let Some(result) = early.remove(&next) {
        sink(result);
        next += 1;
    }
}
// ANCHOR_END: collect
