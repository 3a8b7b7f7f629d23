use std::io::{Cursor, Read, Result};

fn frame(stream: &mut impl Read) -> Result<String> {
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let length = u32::from_be_bytes(header) as usize;
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload)?;
    Ok(String::from_utf8_lossy(&payload).into_owned())
}

fn main() {
    let mut stream = Cursor::new([0, 0, 0, 2, b'h', b'i']);
    loop {
        match frame(&mut stream) {
            Ok(text) => println!("{text}"),
            Err(error) => {
                println!("{:?}", error.kind());
                return;
            }
        }
    }
}
