//! One more item is made than there are permits for.
//!
//! Rejected by: `a_slow_sink_slows_down_the_source`
//!
//! Either the source makes an item, and then waits until it may: it is made already. Or a permit goes back before `sink` has had
//! the result, and while that works, another item is on its way. With items of a gigabyte, that is the one which does not fit.
// ANCHOR: feed
let mut number = 0;
while let Some(item) = source.next() {
    if permits.recv().is_err() || job.send((number, item)).is_err() {
        return;
    }
    number += 1;
}
// ANCHOR_END: feed
