//! A time of keep-alive is in the place of another one.
//!
//! Rejected by: `the_keep_alive_times_are_what_was_asked_for`
//!
//! `idle` is how long a connection is silent before the first probe (TCP_KEEPIDLE, `with_time`), `interval` lies between two
//! probes (TCP_KEEPINTVL), and `probes` is a number (TCP_KEEPCNT, `with_retries`).
// ANCHOR: open
let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
socket.set_reuse_address(true)?;
socket.set_reuse_port(true)?;
socket.set_tcp_nodelay(true)?;
let KeepAlive { idle, interval, probes } = options.keep_alive;
let keep_alive =
    TcpKeepalive::new().with_time(interval).with_interval(idle).with_retries(probes);
socket.set_tcp_keepalive(&keep_alive)?;
socket.bind(&address.into())?;
socket.listen(options.backlog)?;
Ok(socket.into())
// ANCHOR_END: open
