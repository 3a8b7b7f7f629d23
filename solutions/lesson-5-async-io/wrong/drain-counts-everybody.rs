//! Everybody who is left at the deadline counts as cut off.
//!
//! Rejected by: `who_is_idle_at_the_deadline_has_lost_nothing`
//!
//! Somebody who holds an idle connection has lost nothing when it closes. What was *lost* are requests that had begun: that
//! is the number that an operator wants to see as zero. Ask for `busy` before you cut.
// ANCHOR: drain
connections.announce();
while connections.open() > 0 {
    let now = Instant::now();
    if now >= deadline {
        cut = connections.open();
        connections.cut();
        break;
    }
    // A wake-up may be for several reasons. Those who have just received a request take it in before they are looked at.
    yield_now().await;
    yield_now().await;
    connections.close_idle(patience.quiet);
    // Idleness is looked at a few times in each period: who becomes idle then waits little longer than it has to.
    let look_again = deadline.min(now + LOOK_MIN.max(patience.quiet / 4));
    let _ = timeout_at(look_again, connections.fewer()).await;
}
// ANCHOR_END: drain
