use std::io::{self, Cursor, Read, Write};

struct Narrow(Vec<u8>);

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(4);
        self.0.extend(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let mut input = Cursor::new("hello, world");
    let mut output = Narrow(Vec::new());
    let mut buffer = [0; 6];
    loop {
        let received = input.read(&mut buffer)?;
        if received == 0 {
            break;
        }
        output.write(&buffer[..received])?;
    }
    println!("{}", String::from_utf8_lossy(&output.0));
    Ok(())
}
