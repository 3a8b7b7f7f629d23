//! From which listeners a worker accepts.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::rc::Rc;

use solution_5_async_io::serve::Server;
use tokio::task::{JoinHandle, spawn_local};

use crate::app::App;
use crate::engine::Engine;
use crate::listeners::{Kind, Listeners};
use crate::tls::Tls;

/// The listeners, and what accepts from them.
pub(super) struct Accepting {
    server: Rc<Server<Engine>>,
    pub(super) listeners: Listeners,
    tls: Option<Rc<Tls>>,
    /// By the worker whose listeners they are.
    tasks: BTreeMap<usize, Vec<JoinHandle<()>>>,
}

impl Accepting {
    pub(super) fn new(
        server: Rc<Server<Engine>>,
        listeners: Listeners,
        tls: Option<Rc<Tls>>,
    ) -> Self {
        Self { server, listeners, tls, tasks: BTreeMap::new() }
    }

    /// Closes this process's copies: whoever connects when all processes have done so is refused.
    pub(super) fn stop(&mut self) {
        self.tasks.values().flatten().for_each(JoinHandle::abort);
        self.tasks.clear();
        self.listeners.close();
    }

    /// Begins and stops, until it is those of these workers.
    pub(super) fn accept_from(&mut self, wanted: &[usize]) -> io::Result<()> {
        self.tasks.retain(|worker, tasks| {
            let keep = wanted.contains(worker);
            if !keep {
                tasks.iter().for_each(JoinHandle::abort);
            }
            keep
        });
        for &worker in wanted {
            if !self.tasks.contains_key(&worker) {
                let copies = self.copies(worker)?;
                let tasks = copies.into_iter().map(|(kind, copy)| self.accept(kind, copy));
                self.tasks.insert(worker, tasks.collect());
            }
        }
        Ok(())
    }

    /// The listeners of a worker, for the event loop.
    fn copies(&self, worker: usize) -> io::Result<Vec<(Kind, tokio::net::TcpListener)>> {
        let copy = |(kind, listener): (Kind, &TcpListener)| {
            Ok((kind, tokio::net::TcpListener::from_std(listener.try_clone()?)?))
        };
        self.listeners.of(worker).map(copy).collect()
    }

    fn accept(&self, kind: Kind, listener: tokio::net::TcpListener) -> JoinHandle<()> {
        let (server, tls) = (Rc::clone(&self.server), self.tls.clone());
        spawn_local(async move {
            let error = match tls.filter(|_| kind == Kind::Secure) {
                None => server.accept(&listener).await,
                Some(tls) => server.accept_through(&listener, |stream| tls.handshake(stream)).await,
            };
            server.service().0.log.error(&format!("a listener is broken: {error}"));
        })
    }
}

impl App {
    /// The worker's own listener, and those that it looks after for others.
    pub(super) fn adopted(&self) -> Vec<usize> {
        let mine = self.identity.place as u64 + 1;
        let adopted = |&listener: &usize| {
            listener == self.identity.worker || self.board.adopters[listener].get() == mine
        };
        (0..self.board.adopters.len()).filter(adopted).collect()
    }
}
