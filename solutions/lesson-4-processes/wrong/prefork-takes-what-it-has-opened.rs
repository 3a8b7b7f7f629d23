//! A number is taken that this process has opened itself.
//!
//! Rejected by: `what_the_worker_has_opened_itself_is_refused`
//!
//! The variable says 9, and 9 is open: but it was opened here, a moment ago, and has an owner. Now there are two; whoever is
//! dropped first closes it, and the other one goes on with a number that means another file (in a debug build the standard
//! library notices, and aborts). What was inherited has no mark, and everything that was opened here has one: ask for it.
// ANCHOR: take
let number: RawFd = number.parse().ok().filter(|&number| number > 2).ok_or_else(invalid)?;
// SAFETY: the borrow ends with the call, which only asks for a flag: of a number that is not open, it reports that.
fcntl_getfd(unsafe { BorrowedFd::borrow_raw(number) }).map_err(|_| invalid())?;
// SAFETY: it is open.
let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
fcntl_setfd(&descriptor, FdFlags::CLOEXEC)?;
Ok(descriptor)
// ANCHOR_END: take
