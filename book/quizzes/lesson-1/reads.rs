use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

fn main() -> io::Result<()> {
    let (mut sender, mut receiver) = UnixStream::pair()?;
    for message in ["one", "two", "three"] {
        sender.write_all(message.as_bytes())?;
    }
    drop(sender);

    let mut buffer = [0; 8];
    loop {
        let n = receiver.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        println!("{}", String::from_utf8_lossy(&buffer[..n]));
    }
}
