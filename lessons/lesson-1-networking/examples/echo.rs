//! An echo server around `echo`: one conversation at a time.
//!
//! `cargo run --release -p lesson-1-networking --example echo`, then `nc 127.0.0.1 7777`

use std::io;
use std::net::TcpListener;

use networking::echo::echo;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:7777")?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (mut stream, client) = listener.accept()?;
        println!("{client} is here");
        match echo(&mut stream) {
            Ok(echoed) => println!("{client}: {} bytes, {:?}", echoed.bytes, echoed.ended),
            Err(error) => println!("{client}: {error}"),
        }
    }
}
