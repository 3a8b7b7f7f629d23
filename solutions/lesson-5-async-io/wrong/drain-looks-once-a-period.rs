//! It looks at who is idle once in each period of quiet.
//!
//! Rejected by: `an_idle_connection_is_closed_soon_after_its_last_chance`
//!
//! Whoever has become idle just behind a look has not been quiet for long enough at the next one, and is closed at the one
//! behind that: a second instead of half of one, for nothing. With a look in each quarter of `quiet` it waits a quarter longer
//! at most.
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
    let look_again = deadline.min(now + LOOK_MIN.max(patience.quiet));
    let _ = timeout_at(look_again, connections.fewer()).await;
}
// ANCHOR_END: drain
