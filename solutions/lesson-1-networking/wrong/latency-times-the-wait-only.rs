//! The clock is started after the `write`.
//!
//! Rejected by: `a_sample_is_the_whole_round_trip`, `a_round_lasts_until_the_last_byte`
//!
//! The round trip begins when you hand over the first byte: `write` copies it, sends it, and on loopback even
//! delivers it before it returns. Read the clock before.
// ANCHOR: ping_pong
let mut durations = Vec::with_capacity(rounds);
let mut pong = vec![0; ping.len()];
for _ in 0..rounds {
    stream.write_all(ping)?;
    let sent = now();
    stream.read_exact(&mut pong)?;
    durations.push(now() - sent);
    if pong != ping {
        return Err(ErrorKind::InvalidData.into());
    }
}
Ok(Samples::new(durations))
// ANCHOR_END: ping_pong
