//! The shorter the quiet time is, the more often it looks.
//!
//! Rejected by: `however_short_the_quiet_time_is_it_sleeps_between_two_looks`
//!
//! A quarter of 4 ms is one, and a quarter of nothing is nothing: then the drain does not sleep at all, and takes the
//! processor from those who are to finish. However short `quiet` is, `LOOK_MIN` lies between two looks: it is the larger of
//! both that counts.
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
    let look_again = deadline.min(now + patience.quiet / 4);
    let _ = (LOOK_MIN, timeout_at(look_again, connections.fewer()).await);
}
// ANCHOR_END: drain
