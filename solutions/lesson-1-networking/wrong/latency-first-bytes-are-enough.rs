//! The first bytes that come back are taken for the whole answer.
//!
//! Rejected by: `a_round_lasts_until_the_last_byte`, `the_end_inside_a_round_is_an_error`,
//! `a_partial_write_is_completed`
//!
//! `read` returns what has arrived, and `write` takes what it has room for: neither need be all of it. The bytes that
//! you do not read now are the beginning of the next round's answer. `read_exact` and `write_all` go on until it is all.
// ANCHOR: ping_pong
let mut durations = Vec::with_capacity(rounds);
let mut pong = vec![0; ping.len()];
for _ in 0..rounds {
    let sent = now();
    let _ = stream.write(ping)?;
    let received = stream.read(&mut pong)?;
    durations.push(now() - sent);
    if pong[..received] != ping[..received] {
        return Err(ErrorKind::InvalidData.into());
    }
}
Ok(Samples::new(durations))
// ANCHOR_END: ping_pong
