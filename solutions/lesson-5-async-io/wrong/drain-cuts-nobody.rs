//! The deadline ends the wait, and nothing else.
//!
//! Rejected by: `at_the_deadline_it_ends_and_says_what_it_cut_off`
//!
//! Whoever is left goes on holding its connection and its task, and the process ends in the middle of them, or never.
//! Behind the deadline everybody is cut off: `connections.cut()`.
// ANCHOR: drain
connections.announce();
while connections.open() > 0 {
    let now = Instant::now();
    if now >= deadline {
        cut = connections.busy();
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
