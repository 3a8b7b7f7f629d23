//! The connections that are open, so that somebody else can end them.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All of them. Clones are the same list.
#[derive(Debug, Clone, Default)]
pub(super) struct Open {
    list: Arc<Mutex<List>>,
}

#[derive(Debug, Default)]
struct List {
    next: u64,
    streams: HashMap<u64, Arc<TcpStream>>,
}

/// One of them. It leaves the list when it is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Arc<TcpStream>,
    number: u64,
    open: Open,
}

impl Open {
    /// Adds a connection, unless there are `most`.
    pub(super) fn add(&self, stream: &Arc<TcpStream>, most: usize) -> Option<Connection> {
        let stream = Arc::clone(stream);
        let mut list = self.list();
        if list.streams.len() >= most {
            return None;
        }
        let number = list.next;
        list.next += 1;
        list.streams.insert(number, Arc::clone(&stream));
        Some(Connection { stream, number, open: self.clone() })
    }

    /// Nothing more comes from any client: who waits in `read` finds the end of the stream.
    pub(super) fn shut_reading(&self) {
        for stream in self.list().streams.values() {
            // One that is gone is shut, too.
            let _ = stream.shutdown(Shutdown::Read);
        }
    }

    /// Nothing can fail while it is locked.
    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.list().streams.remove(&self.number);
    }
}
