//! An option of length 0 is walked over for ever.
//!
//! Rejected by: `broken_options_end_the_search` (hung)
//!
//! The length of an option counts its kind and length bytes, so the least is 2. A peer may send 0 all the same, and
//! then a loop that advances by the length stays where it is: one segment keeps a processor busy until somebody
//! restarts the program. Bytes from the network are not yours: check before you advance.
// ANCHOR: option
loop {
    match *options {
        [] | [0, ..] | [_] => return None,
        [1, ..] => options = &options[1..],
        [found, length, ..] => {
            let length = usize::from(length);
            if found == kind {
                return options.get(2..length);
            }
            options = options.get(length..)?;
        }
    }
}
// ANCHOR_END: option
