use std::error::Error;
use std::fmt::{Display, Formatter, Result};
use std::io;

#[derive(Debug)]
struct ListenError(io::Error);

impl Display for ListenError {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "cannot listen: {}", self.0)
    }
}

impl Error for ListenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn main() {
    let error = ListenError(io::ErrorKind::AddrInUse.into());
    let mut next: Option<&dyn Error> = Some(&error);
    while let Some(error) = next {
        println!("{error}");
        next = error.source();
    }
}
