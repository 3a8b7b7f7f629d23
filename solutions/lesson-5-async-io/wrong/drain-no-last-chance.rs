//! Idle connections are closed at once.
//!
//! Rejected by: `an_idle_connection_has_a_last_chance`
//!
//! A request may be on its way while you close, and its client sees a reset for something that was in order. Nobody can
//! close that gap, but 500 ms of quiet make it rare: pass `patience.quiet` to `close_idle`, at each look.
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
    connections.close_idle(Duration::ZERO);
    // Idleness is looked at a few times in each period: who becomes idle then waits little longer than it has to.
    let look_again = deadline.min(now + LOOK_MIN.max(patience.quiet / 4));
    let _ = timeout_at(look_again, connections.fewer()).await;
}
// ANCHOR_END: drain
