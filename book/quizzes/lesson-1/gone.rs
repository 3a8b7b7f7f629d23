use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

fn main() -> io::Result<()> {
    let (mut sender, mut receiver) = UnixStream::pair()?;
    sender.write_all(b"hello")?;
    drop(sender);

    let mut buffer = [0; 16];
    println!("{}", receiver.read(&mut buffer)?);
    println!("{}", receiver.read(&mut buffer)?);
    Ok(())
}
