//! The source makes an item, and then waits until it may.
//!
//! Rejected by: `a_slow_sink_slows_down_the_source`
//!
//! It is made already: there is one more than the permits allow. With items of a gigabyte, that is the one which does not fit.
// ANCHOR: feed
let mut number = 0;
while let Some(item) = source.next() {
    if permits.recv().is_err() || job.send((number, item)).is_err() {
        return;
    }
    number += 1;
}
// ANCHOR_END: feed
