//! Results go to the sink as soon as they are there.
//!
//! Rejected by: `results_come_in_the_order_of_their_items`, `the_slowest_item_holds_up_the_sink_and_not_the_others`
//!
//! With several workers, the second item may be done before the first. Keep what comes too early, until its turn has come.
// ANCHOR: collect
loop {
    let (_, outcome) = select! {
        recv(results) -> result => match result {
            Ok(result) => result,
            Err(_) => return Ok(()),
        },
        recv(cancel) -> _ => return Err(Cancelled),
    };
    sink(outcome.unwrap_or_else(|panic| resume_unwind(panic)));
    let _ = permit.try_send(());
}
// ANCHOR_END: collect
