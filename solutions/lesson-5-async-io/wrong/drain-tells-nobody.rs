//! Answers do not say that they are the last ones.
//!
//! Rejected by: `requests_that_have_begun_are_answered`
//!
//! A client that is not told keeps its connection, and sends the next request on it, just when you close it. `announce`
//! comes first: from then on each answer carries `connection: close`, and the client closes by itself.
// ANCHOR: drain
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
    let _ = timeout_at(look_again, connections.fewer()).await;
}
// ANCHOR_END: drain
