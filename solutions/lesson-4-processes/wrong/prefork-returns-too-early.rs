//! When there is no child, the marks stay off.
//!
//! Rejected by: `the_marks_are_back_after_a_start_that_failed`
//!
//! `command.spawn()?` leaves the function before the marks are back. A start that fails is just when something else is tried,
//! which then inherits the sockets. Keep the result in a variable, put the marks back, and return it.
// ANCHOR: spawn
let numbers: Vec<_> = handed.iter().map(|fd| fd.as_raw_fd().to_string()).collect();
command.env(VARIABLE, numbers.join(","));
for fd in handed {
    fcntl_setfd(fd, FdFlags::empty())?;
}
let child = command.spawn()?;
for fd in handed {
    fcntl_setfd(fd, FdFlags::CLOEXEC)?;
}
Ok(child)
// ANCHOR_END: spawn
