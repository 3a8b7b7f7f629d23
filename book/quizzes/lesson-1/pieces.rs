use std::io::{self, Cursor, Read};

fn main() -> io::Result<()> {
    let first = Cursor::new("abc");
    let mut stream = first.chain(Cursor::new("defg"));
    let mut buffer = *b".....";
    loop {
        let n = stream.read(&mut buffer)?;
        println!("{n} {}", String::from_utf8_lossy(&buffer));
        if n == 0 {
            return Ok(());
        }
    }
}
