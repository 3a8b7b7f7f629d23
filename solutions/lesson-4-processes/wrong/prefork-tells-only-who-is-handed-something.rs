//! Without anything to hand over, the variable is left alone.
//!
//! Rejected by: `a_child_that_is_handed_nothing_does_not_hear_what_its_parent_was_handed`
//!
//! A worker that starts a helper hands its own environment on, with the numbers that *it* was handed. The helper would look for
//! them, and find nothing, or something else. An empty list is a list, too: set the variable in any case.
// ANCHOR: spawn
if !handed.is_empty() {
    let numbers: Vec<_> = handed.iter().map(|fd| fd.as_raw_fd().to_string()).collect();
    command.env(VARIABLE, numbers.join(","));
}
let marked = handed.iter().try_for_each(|fd| fcntl_setfd(fd, FdFlags::empty()));
let child = marked.map_err(io::Error::from).and_then(|()| command.spawn());
for fd in handed {
    fcntl_setfd(fd, FdFlags::CLOEXEC).expect("an open descriptor takes the mark");
}
child
// ANCHOR_END: spawn
