//! Four ways of a file's bytes to a connection. Each call into the kernel is told.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::os::unix::fs::FileExt;

use memmap2::MmapOptions;
use rustix::fs::sendfile as sendfile_call;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use witness::tcp;

/// How large the buffer is that is kept.
const BUFFER_BYTES: usize = 64 << 10;

/// Is told of each call that has returned: its name, how many bytes it has moved, and whether the processor has copied them.
type Told<'a> = &'a mut dyn FnMut(&'static str, usize, bool);

/// A way sends a file of so many bytes to a connection.
pub(crate) type Way = fn(&File, usize, &mut Line, Told<'_>) -> io::Result<()>;

/// The key, the title, and the way.
pub(crate) const WAYS: [(&str, &str, Way); 4] = [
    ("whole", "read it into new memory, and write that", whole),
    ("buffer", "read it into a buffer that is kept, piece by piece", buffer),
    ("mapping", "map it, and write the mapping", mapping),
    ("sendfile", "sendfile", sendfile),
];

/// A connection, and what is kept from one file to the next.
pub(crate) struct Line {
    near: TcpStream,
    far: TcpStream,
    buffer: Vec<u8>,
    nothing: Vec<u8>,
}

impl Line {
    pub(crate) fn new() -> io::Result<Self> {
        let (near, far) = tcp::pair();
        near.set_nonblocking(true)?;
        Ok(Self { near, far, buffer: vec![1; BUFFER_BYTES], nothing: vec![1; 1 << 20] })
    }

    /// The peer throws away what has come, and waits for it if nothing has. It copies nothing (`MSG_TRUNC`, tcp(7)): its
    /// copies are not the sender's.
    pub(crate) fn empty(&mut self) -> io::Result<usize> {
        Ok(recv(&self.far, &mut self.nothing, RecvFlags::TRUNC)?.1)
    }
}

fn whole(file: &File, length: usize, line: &mut Line, told: Told<'_>) -> io::Result<()> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, 0)?;
    told("read", length, true);
    write(&bytes, line, told)
}

fn buffer(file: &File, length: usize, line: &mut Line, told: Told<'_>) -> io::Result<()> {
    let mut bytes = std::mem::take(&mut line.buffer);
    let mut sent = 0;
    while sent < length {
        let read = file.read_at(&mut bytes, sent as u64)?;
        told("read", read, true);
        write(&bytes[..read], line, told)?;
        sent += read;
    }
    line.buffer = bytes;
    Ok(())
}

fn mapping(file: &File, length: usize, line: &mut Line, told: Told<'_>) -> io::Result<()> {
    // SAFETY: nobody writes to the file, which is this program's own.
    let bytes = unsafe { MmapOptions::new().len(length).map(file)? };
    told("mmap", 0, false);
    write(&bytes, line, told)?;
    drop(bytes);
    told("munmap", 0, false);
    Ok(())
}

fn sendfile(file: &File, length: usize, line: &mut Line, told: Told<'_>) -> io::Result<()> {
    let mut sent = 0;
    while sent < length as u64 {
        let left = length - sent as usize;
        match sendfile_call(&line.near, file, Some(&mut sent), left) {
            Ok(bytes) => told("sendfile", bytes, false),
            Err(Errno::AGAIN) => drop(line.empty()?),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn write(mut bytes: &[u8], line: &mut Line, told: Told<'_>) -> io::Result<()> {
    while !bytes.is_empty() {
        match line.near.write(bytes) {
            Ok(written) => {
                told("write", written, true);
                bytes = &bytes[written..];
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => drop(line.empty()?),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
