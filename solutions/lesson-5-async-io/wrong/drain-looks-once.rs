//! It looks at who is idle when somebody leaves.
//!
//! Rejected by: `an_idle_connection_is_closed_soon_after_its_last_chance`,
//! `idle_connections_are_closed_though_nobody_leaves`
//!
//! When nobody has anything to do, nobody leaves, and so nobody looks: idle connections stay until the deadline, and each
//! restart takes thirty seconds. Look a few times in each period of `quiet`, whether anybody leaves or not.
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
    let _ = (LOOK_MIN, now);
    let _ = timeout_at(deadline, connections.fewer()).await;
}
// ANCHOR_END: drain
