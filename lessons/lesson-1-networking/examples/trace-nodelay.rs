//! Write, write, read, with `TCP_NODELAY` on the client's socket.

use std::io;

#[path = "trace-nagle.rs"]
mod nagle;

fn main() -> io::Result<()> {
    nagle::exchange(true)
}
