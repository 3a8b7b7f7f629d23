//! A server that says where it would listen.

fn main() {
    let address = std::env::args().nth(1).expect("the runner gives an address");
    println!("{} at {address}", tiny::guess::number());
}
