//! The marks are taken off, and that is that.
//!
//! Rejected by: `the_marks_are_back_after_a_start`, `the_marks_are_back_after_a_start_that_failed`
//!
//! The next program that the master starts, whatever it is, has the listener, too, and keeps the port taken when the server
//! has long ended. Put the marks back when the child is there: it has its own copies by then.
// ANCHOR: spawn
let numbers: Vec<_> = handed.iter().map(|fd| fd.as_raw_fd().to_string()).collect();
command.env(VARIABLE, numbers.join(","));
for fd in handed {
    fcntl_setfd(fd, FdFlags::empty())?;
}
command.spawn()
// ANCHOR_END: spawn
