//! `TcpListener::bind` first, the options afterwards.
//!
//! Rejected by: `two_listeners_share_a_port`, `the_backlog_is_what_was_asked_for`
//!
//! The standard library binds and listens in one call, with a backlog of its own choice, and what counts at `bind` must be set
//! before: SO_REUSEPORT comes too late when the port is taken. Take the steps yourself with `socket2::Socket`: create,
//! set, bind, listen.
// ANCHOR: open
let listener = TcpListener::bind(address)?;
let socket = socket2::SockRef::from(&listener);
socket.set_reuse_address(true)?;
socket.set_reuse_port(true)?;
socket.set_tcp_nodelay(true)?;
let KeepAlive { idle, interval, probes } = options.keep_alive;
let keep_alive = TcpKeepalive::new().with_time(idle).with_interval(interval).with_retries(probes);
socket.set_tcp_keepalive(&keep_alive)?;
Ok(listener)
// ANCHOR_END: open
