//! What the master and `/metrics` see of a worker, beat by beat.

use std::cell::Cell;
use std::rc::Rc;

use solution_5_async_io::serve::{Server, Statistics};
use tokio::time::interval;

use solution_4_processes::supervisor::BEAT;

use super::heap::Heap;
use crate::app::App;
use crate::board::sign::{Sign, number};
use crate::engine::Engine;

/// A worker's pulse.
pub(super) struct Signs {
    app: Rc<App>,
    server: Rc<Server<Engine>>,
    heap: Heap,
    /// What has been counted already.
    counted: Cell<Statistics>,
}

impl Signs {
    pub(super) fn new(app: &Rc<App>, server: &Rc<Server<Engine>>) -> Self {
        let (app, server) = (Rc::clone(app), Rc::clone(server));
        let sign = &app.board.signs[app.identity.place];
        sign.worker.set(app.identity.worker as u64);
        sign.life.set(app.identity.life.0);
        Self { app, server, heap: Heap::default(), counted: Cell::default() }
    }

    /// Shows that it lives, for ever.
    pub(super) async fn keep_beating(&self) {
        let mut beat = interval(BEAT);
        loop {
            beat.tick().await;
            self.beat();
        }
    }

    /// Shows that it lives, and how it is.
    pub(super) fn beat(&self) {
        let app = &*self.app;
        let sign = &app.board.signs[app.identity.place];
        sign.connections.set(self.server.open() as u64);
        sign.busy.set(self.server.busy() as u64);
        let before = sign.processor.get();
        sign.show_process();
        app.numbers().processor.add(sign.processor.get().saturating_sub(before));
        show_parts(app, sign);
        self.count();
        sign.beat.add(1);
        let freed = app.files.as_ref().is_some_and(|files| files.trim());
        self.heap.look(self.server.open(), freed, &app.compute);
    }

    /// What the accept loop has counted since.
    fn count(&self) {
        let now = self.server.statistics();
        let before = self.counted.replace(now);
        let numbers = self.app.numbers();
        numbers.connections.add(now.opened - before.opened);
        numbers.too_slow.add(now.too_slow - before.too_slow);
        numbers.made_room.add(now.made_room - before.made_room);
        numbers.paused.add(now.paused - before.paused);
    }
}

fn show_parts(app: &App, sign: &Sign) {
    let cache = app.users.cache_statistics();
    sign.cache_items.set(cache.items as u64);
    sign.cache_bytes.set(cache.bytes as u64);
    let pool = app.users.database().usage();
    sign.pool_used.set(pool.used as u64);
    sign.pool_max.set(pool.max as u64);
    sign.pool_waiting.set(pool.waiting as u64);
    sign.admitted.set(app.memory.used() as u64);
    sign.admitted_max.set(app.memory.limit() as u64);
    sign.computations.set(app.compute.queued() as u64);
    for (shown, state) in sign.breakers.iter().zip(app.breakers()) {
        shown.set(number(state));
    }
}
