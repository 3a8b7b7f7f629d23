//! The time is asked from another clock than the one that is given.
//!
//! Rejected by: `each_round_asks_the_clock_that_it_is_given_twice`, `a_sample_is_the_whole_round_trip`,
//! `a_round_lasts_until_the_last_byte`
//!
//! `sent.elapsed()` and `Instant::now()` read the real clock. `ping_pong` gets one as an argument, `now`, so that a test can
//! give it one of its own: call `now()` before the `write` and behind the `read`.
// ANCHOR: ping_pong
let mut durations = Vec::with_capacity(rounds);
let mut pong = vec![0; ping.len()];
for _ in 0..rounds {
    let sent = now();
    stream.write_all(ping)?;
    stream.read_exact(&mut pong)?;
    durations.push(sent.elapsed());
    if pong != ping {
        return Err(ErrorKind::InvalidData.into());
    }
}
Ok(Samples::new(durations))
// ANCHOR_END: ping_pong
