//! It sleeps until the next look, whoever leaves meanwhile.
//!
//! Rejected by: `it_ends_as_soon_as_the_last_one_has_gone`
//!
//! The last answer is out, nobody is left, and you sleep on. That is an eighth of a second in each restart of each worker, in
//! which nobody is served. `fewer` says when one has gone: wait for that, and for the next look at most (`timeout_at`).
// ANCHOR: drain
connections.announce();
while connections.open() > 0 {
    let now = Instant::now();
    if now >= deadline {
        cut = connections.busy();
        connections.cut();
        break;
    }
    // A wake-up may be for several reasons. Those who have just received a request take it in before they are looked at.
    yield_now().await;
    yield_now().await;
    connections.close_idle(patience.quiet);
    // Idleness is looked at a few times in each period: who becomes idle then waits little longer than it has to.
    let look_again = deadline.min(now + LOOK_MIN.max(patience.quiet / 4));
    tokio::time::sleep_until(look_again).await;
}
// ANCHOR_END: drain
