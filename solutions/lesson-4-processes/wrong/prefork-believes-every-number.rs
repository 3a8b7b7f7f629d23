//! Whatever number stands there becomes an owned descriptor.
//!
//! Rejected by: `what_is_no_descriptor_is_refused`, `what_the_worker_has_opened_itself_is_refused`
//!
//! An `OwnedFd` closes its descriptor when it is dropped. If that belongs to somebody else, he goes on with a number that by
//! then means another file: the worst kind of bug, and the reason why `from_raw_fd` is unsafe. Ask first: is it open, and is
//! it without the mark, which everything has that was opened here?
// ANCHOR: take
let number: RawFd = number.parse().map_err(|_| {
    let message = format!("`{number}` in `{VARIABLE}` is no inherited descriptor");
    io::Error::new(io::ErrorKind::InvalidData, message)
})?;
// SAFETY: the master has handed it over.
let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
fcntl_setfd(&descriptor, FdFlags::CLOEXEC)?;
Ok(descriptor)
// ANCHOR_END: take
