fn ends(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|window| window == b"\r\n\r\n")
}

fn main() {
    let mut request = Vec::new();
    for bytes in ["GET / HTTP/1.1\r\nHost: a\r\n\r", "\n"] {
        let new = request.len();
        let back = new.saturating_sub(3);
        request.extend(bytes.as_bytes());
        print!("{} ", ends(&request[new..]));
        println!("{}", ends(&request[back..]));
    }
}
