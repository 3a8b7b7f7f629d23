//! Keep-alive is on, with the kernel's times.
//!
//! Rejected by: `keep_alive_does_not_begin_after_two_hours`, `the_keep_alive_times_are_what_was_asked_for`
//!
//! SO_KEEPALIVE alone means Linux's defaults: a first probe after two hours of silence, and eleven minutes of
//! probing after that. The three times in `options.keep_alive` are options of their own, set on the same socket.
// ANCHOR: open
let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
socket.set_reuse_address(true)?;
socket.set_reuse_port(true)?;
socket.set_tcp_nodelay(true)?;
socket.set_keepalive(true)?;
socket.bind(&address.into())?;
socket.listen(options.backlog)?;
Ok(socket.into())
// ANCHOR_END: open
