//! A worker that panics ends, and the others go on.
//!
//! Rejected by: `a_panic_of_the_work_is_the_callers` (hung)
//!
//! Its item never comes out, everything behind it waits for its turn, and soon nobody has a permit: all threads wait for each
//! other. A panic is a result, too; send it on.
// ANCHOR: labour
for (number, item) in jobs {
    let outcome = Ok(work(item));
    if result.send((number, outcome)).is_err() {
        return;
    }
}
// ANCHOR_END: labour
