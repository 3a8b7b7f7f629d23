//! Whether the worker lives, and whether it should be given work.

use std::rc::Rc;

use serde::Serialize;

use super::Route;
use crate::app::App;
use crate::message::{Body, Reply, Request, Response};

/// What a worker says of itself.
#[derive(Serialize)]
struct Standing {
    status: &'static str,
    worker: usize,
    life: u64,
    pid: u32,
    version: &'static str,
    database: &'static str,
}

/// `GET /live`: the event loop turns. A worker that cannot say this should be replaced.
#[utoipa::path(get, path = "/live", responses((status = 200, description = "The worker lives")))]
pub(super) fn live(app: &Rc<App>, _: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    Reply::Now(answer(app, 200, "live", "not asked"))
}

/// `GET /health`, `GET /ready`: requests are welcome here. A worker that is about to go says no, long before it stops
/// answering.
#[utoipa::path(get, path = "/health", responses((status = 200, description = "Requests are welcome"), (status = 503, description = "They are not")))]
pub(super) fn ready(app: &Rc<App>, _: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    let app = Rc::clone(app);
    if app.leaving.get() {
        return Reply::Now(answer(&app, 503, "leaving", "not asked"));
    }
    Reply::later(async move {
        match app.users.ping().await {
            Ok(()) => answer(&app, 200, "ready", "answers"),
            Err(_) => answer(&app, 503, "not ready", "does not answer"),
        }
    })
}

fn answer(app: &App, code: u16, status: &'static str, database: &'static str) -> Response {
    let standing = Standing {
        status,
        worker: app.identity.worker,
        life: app.identity.life.0,
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION"),
        database,
    };
    let bytes = serde_json::to_vec(&standing).expect("text and numbers can be written");
    Response::new(code, "application/json", Body::from(bytes)).with("cache-control", "no-store")
}
