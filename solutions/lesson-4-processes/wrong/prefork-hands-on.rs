//! The worker leaves the mark off.
//!
//! Rejected by: `what_a_worker_has_inherited_it_does_not_hand_on`
//!
//! That a descriptor goes through `exec` is a property of the descriptor, and stays. Whatever the worker starts has it, too: a
//! helper that lives on would keep the port taken. Set the mark as soon as you own it.
// ANCHOR: take
let invalid = || {
    let message = format!("`{number}` in `{VARIABLE}` is no inherited descriptor");
    io::Error::new(io::ErrorKind::InvalidData, message)
};
let number: RawFd = number.parse().ok().filter(|&number| number > 2).ok_or_else(invalid)?;
// SAFETY: the borrow ends with the call.
let flags = fcntl_getfd(unsafe { BorrowedFd::borrow_raw(number) }).map_err(|_| invalid())?;
if flags.contains(FdFlags::CLOEXEC) {
    return Err(invalid());
}
// SAFETY: it is open, and was not opened here.
Ok(unsafe { OwnedFd::from_raw_fd(number) })
// ANCHOR_END: take
