//! `SO_REUSEPORT` is set after `bind`.
//!
//! Rejected by: `two_listeners_share_a_port`
//!
//! The option reads back as set, but the kernel looks at it in `bind`, and by then a taken port has been refused. Every
//! socket that wants to share a port says so before it binds.
// ANCHOR: open
let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
socket.set_reuse_address(true)?;
socket.set_tcp_nodelay(true)?;
let KeepAlive { idle, interval, probes } = options.keep_alive;
let keep_alive = TcpKeepalive::new().with_time(idle).with_interval(interval).with_retries(probes);
socket.set_tcp_keepalive(&keep_alive)?;
socket.bind(&address.into())?;
socket.set_reuse_port(true)?;
socket.listen(options.backlog)?;
Ok(socket.into())
// ANCHOR_END: open
