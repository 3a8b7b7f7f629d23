//! A way to a service that can be closed, slow, cut off, or full of rubbish.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;

use super::services::{Postgres, Redis};

/// What the way does to what comes along.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// Nothing.
    Open,
    /// Whoever comes is turned away, and who is there is thrown out.
    Closed,
    /// Questions go through, and answers wait until the way is another one.
    Silent,
    /// Questions wait until the way is another one, and come then, whether or not somebody still waits.
    Deaf,
    /// Each piece of an answer waits for so long.
    Slow(Duration),
    /// Of each answer so many bytes come, then the end.
    Cut(usize),
    /// In the place of each answer comes something else.
    Rubbish,
}

/// What comes in the place of an answer. No protocol begins like this.
const RUBBISH: &[u8] = b"\xff\xfe\x00{]\r\n\xf0\x9f%$#\r\n\r\n\x00\x01\x02\x03";

/// The way.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    target: SocketAddr,
    way: Mutex<Way>,
    /// Both ends of each connection, by a number.
    open: Mutex<BTreeMap<u64, [TcpStream; 2]>>,
    opened: AtomicU64,
    is_over: AtomicBool,
}

impl Proxy {
    /// The ways of a server to its database, its second-level cache and its queue, of which Redis is both.
    pub(crate) fn to_all(postgres: &Postgres, redis: &Redis) -> [Self; 3] {
        [postgres.address(), redis.address(), redis.address()].map(Self::to)
    }

    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            target,
            way: Mutex::new(Way::Open),
            open: Mutex::default(),
            opened: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for client in listener.incoming().map_while(Result::ok) {
                    if shared.is_over.load(SeqCst) {
                        break;
                    }
                    shared.connect(client);
                }
            }
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections go along it.
    pub(crate) fn connections(&self) -> usize {
        lock(&self.shared.open).len()
    }

    /// From now on.
    pub(crate) fn set(&self, way: Way) {
        *lock(&self.shared.way) = way;
        if way == Way::Closed {
            self.shared.throw_out();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn way(&self) -> Way {
        *lock(&self.way)
    }

    fn throw_out(&self) {
        for stream in lock(&self.open).values().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Two threads, which end with the connection.
    fn connect(self: &Arc<Self>, client: TcpStream) {
        if self.way() == Way::Closed {
            return;
        }
        // A service that is down turns away, too.
        let Ok(service) = TcpStream::connect(self.target) else { return };
        let _ = (client.set_nodelay(true), service.set_nodelay(true));
        let ends = || Ok([client.try_clone()?, service.try_clone()?]);
        let both: io::Result<_> = ends().and_then(|here| Ok((here, ends()?)));
        let Ok((ends, [from, to])) = both else { return };
        let number = self.opened.fetch_add(1, SeqCst);
        lock(&self.open).insert(number, ends);
        let shared = Arc::clone(self);
        thread::spawn(move || carry(from, to, |bytes, to| shared.question(bytes, to)));
        let shared = Arc::clone(self);
        thread::spawn(move || {
            carry(service, client, |bytes, to| shared.answer(bytes, to));
            lock(&shared.open).remove(&number);
        });
    }

    /// Carries a piece of a question.
    fn question(&self, bytes: &[u8], to: &mut TcpStream) -> bool {
        self.wait_while(Way::Deaf);
        to.write_all(bytes).is_ok()
    }

    fn wait_while(&self, way: Way) {
        while self.way() == way && !self.is_over.load(SeqCst) {
            sleep(Duration::from_millis(5));
        }
    }

    /// Carries a piece of an answer, or what takes its place; false ends the connection.
    fn answer(&self, bytes: &[u8], to: &mut TcpStream) -> bool {
        self.wait_while(Way::Silent);
        match self.way() {
            Way::Open | Way::Deaf => to.write_all(bytes).is_ok(),
            Way::Closed | Way::Silent => false,
            Way::Slow(delay) => {
                sleep(delay);
                to.write_all(bytes).is_ok()
            }
            Way::Cut(most) => {
                let _ = to.write_all(&bytes[..bytes.len().min(most)]);
                false
            }
            Way::Rubbish => to.write_all(RUBBISH).is_ok(),
        }
    }
}

fn carry(
    mut from: TcpStream,
    mut to: TcpStream,
    mut piece: impl FnMut(&[u8], &mut TcpStream) -> bool,
) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(count) = from.read(&mut bytes) {
        if count == 0 || !piece(&bytes[..count], &mut to) {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, SeqCst);
        self.shared.throw_out();
        // It waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}
