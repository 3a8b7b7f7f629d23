//! The wish to end is looked for only when a result has come.
//!
//! Rejected by: `the_wish_to_end_is_heard_while_everybody_waits`
//!
//! Who waits in `recv` hears nothing else, so a wish that comes while the work takes its time is heard when the work is done:
//! after a minute, or never. It is two channels that you wait for at the same time.
// ANCHOR: collect
let mut early = BTreeMap::new();
let mut next = 0;
for (number, outcome) in &results {
    if cancel.try_recv() == Err(crossbeam_channel::TryRecvError::Disconnected) {
        return Err(Cancelled);
    }
    early.insert(number, outcome.unwrap_or_else(|panic| resume_unwind(panic)));
    while let Some(result) = early.remove(&next) {
        sink(result);
        next += 1;
        let _ = permit.try_send(());
    }
}
Ok(())
// ANCHOR_END: collect
