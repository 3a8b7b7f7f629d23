//! Whether the worker lives, and whether it should be given work.
//!
//! Two questions, with two who ask. Whoever restarts workers asks `/live`. Whoever deals out requests asks `/health`, of
//! which `/ready` is another name: a server that cannot answer is to get none.
//!
//! What all servers share is no reason to say no. If PostgreSQL is down, it is down for every server behind the same
//! balancer; if each said no, there would be nobody left to answer what is in a cache, what needs no database, and
//! everything else with an error in good order. Such a server says `degraded`, what is missing, and goes on. A file of its
//! own that it cannot read is its own trouble, and another server's place to help.

use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;

use super::Route;
use crate::app::App;
use crate::board::numbers::Numbers;
use crate::events::{Events, Standing};
use crate::message::{Body, Reply, Request, Response};
use crate::store::StoreError;

/// How long the database may take to say that it is there.
const ASK_MAX: Duration = Duration::from_millis(500);

/// What a worker says of itself.
#[derive(Serialize)]
struct Answer<'a> {
    status: &'static str,
    worker: usize,
    life: u64,
    pid: u32,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Parts<'a>>,
}

/// What it works with.
#[derive(Serialize)]
struct Parts<'a> {
    database: Part<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    l2: Option<Part<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<Part<'a>>,
    events: Counted,
}

/// How one of them is.
#[derive(Serialize)]
struct Part<'a> {
    kind: &'a str,
    state: &'a str,
}

/// What has become of access events, over all workers.
#[derive(Serialize)]
struct Counted {
    accepted: u64,
    published: u64,
    refused: u64,
}

/// `GET /live`: the event loop turns. A worker that cannot say this should be replaced.
#[utoipa::path(get, path = "/live", responses((status = 200, description = "The worker lives")))]
pub(super) fn live(app: &Rc<App>, _: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    Reply::Now(answer(app, 200, "live", None))
}

/// `GET /health`, `GET /ready`: requests are welcome here. A worker that is about to go says no, long before it stops
/// answering.
#[utoipa::path(get, path = "/health", responses((status = 200, description = "Requests are welcome; `degraded` if some cannot be answered"), (status = 503, description = "They are not")))]
pub(super) fn ready(app: &Rc<App>, _: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    let app = Rc::clone(app);
    if app.leaving.get() {
        return Reply::Now(answer(&app, 503, "leaving", None));
    }
    Reply::later(async move {
        // A balancer that asks does not wait for ever, and takes no answer for a no.
        let database = timeout(ASK_MAX, app.users.database().ping());
        let (database, l2) = tokio::join!(database, app.users.ping_l2());
        let database = database.unwrap_or(Err(StoreError::Late));
        let queue = app.events.as_ref().map(Events::standing);
        let up = |is_up| if is_up { "up" } else { "down" };
        let (code, status) = match (&database, l2, queue) {
            (Err(_), ..) if app.settings.database_url.is_none() => (503, "not ready"),
            (Ok(()), None | Some(true), None | Some(Standing::Up)) => (200, "ready"),
            _ => (200, "degraded"),
        };
        let parts = Parts {
            database: Part { kind: app.users.database().kind(), state: up(database.is_ok()) },
            l2: l2.map(|is_up| Part { kind: "redis", state: up(is_up) }),
            queue: app
                .events
                .as_ref()
                .map(|queue| Part { kind: queue.kind(), state: queue.standing().name() }),
            events: counted(&app),
        };
        answer(&app, code, status, Some(parts))
    })
}

fn counted(app: &App) -> Counted {
    let sum = Box::<Numbers>::default();
    // Without a whole sum it says nothing: zeros.
    let _ = app.board.lives.sum(&sum);
    Counted {
        accepted: sum.events_accepted.get(),
        published: sum.events_published.get(),
        refused: sum.events_refused.get(),
    }
}

fn answer(app: &App, code: u16, status: &'static str, parts: Option<Parts<'_>>) -> Response {
    let standing = Answer {
        status,
        worker: app.identity.worker,
        life: app.identity.life.0,
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION"),
        parts,
    };
    let bytes = serde_json::to_vec(&standing).expect("text and numbers can be written");
    Response::new(code, "application/json", Body::from(bytes)).with("cache-control", "no-store")
}
