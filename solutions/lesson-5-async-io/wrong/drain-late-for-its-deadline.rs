//! The last wait goes on beyond the deadline.
//!
//! Rejected by: `the_deadline_may_come_before_the_next_look`
//!
//! The deadline is looked at only when a wait is over, and the wait does not know of it. The master kills who is late, and then
//! nobody hears how many requests were cut off. Wait until the next look or the deadline, whichever comes first.
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
    let look_again = now + LOOK_MIN.max(patience.quiet / 4);
    let _ = timeout_at(look_again, connections.fewer()).await;
}
// ANCHOR_END: drain
