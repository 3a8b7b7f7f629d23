//! The listener is non-blocking.
//!
//! Rejected by: `clients_can_connect`
//!
//! tokio wants that of a listener that it is handed (`TcpListener::from_std`). Here a thread waits in `accept`, and on a
//! non-blocking socket it would be told `WouldBlock` whenever nobody is there.
// ANCHOR: open
let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
socket.set_reuse_address(true)?;
socket.set_reuse_port(true)?;
socket.set_tcp_nodelay(true)?;
let KeepAlive { idle, interval, probes } = options.keep_alive;
let keep_alive =
    TcpKeepalive::new().with_time(idle).with_interval(interval).with_retries(probes);
socket.set_tcp_keepalive(&keep_alive)?;
socket.set_nonblocking(true)?;
socket.bind(&address.into())?;
socket.listen(options.backlog)?;
Ok(socket.into())
// ANCHOR_END: open
