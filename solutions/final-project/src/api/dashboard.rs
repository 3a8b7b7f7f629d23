//! The page at `/`: how the server is, while it is.
//!
//! The page comes with its script and its style, and asks no other host for anything. What it shows comes in events, one a
//! second (server-sent events, HTML Living Standard §9.2), whichever worker it is connected to: each sees what all do. A page
//! that stays open holds a connection and some memory; so there are few, and each ends after a while or when the worker
//! goes, and comes again.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::spawn_local;
use tokio::time::{MissedTickBehavior, interval};

use super::Route;
use crate::app::App;
use crate::message::{Body, Reply, Request, Response};
use crate::observe::machine::Machine;
use crate::observe::recent::{LOOK, Recent};
use crate::observe::visitor::{self, COOKIE};
use crate::problem::unavailable;

mod view;

use view::View;

/// How many pages of a worker may be open.
const PAGES_MAX: usize = 8;
/// After how long a page comes again.
const PAGE_MAX: Duration = Duration::from_secs(600);
/// How long a browser remembers the token, in seconds.
const COOKIE_SECONDS: u32 = 86_400;
/// What the page may do: what is here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `GET /`
#[utoipa::path(get, path = "/", responses((status = 200, description = "A page that shows how the server is"), (status = 401, description = "A page that asks for the token")))]
pub(super) fn page(app: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    request.recording.forget();
    let (status, text) = match visitor::check(request, &app.settings) {
        Ok(()) => (200, include_str!("dashboard/page.html")),
        Err(_) => (401, include_str!("dashboard/door.html")),
    };
    Reply::Now(part(status, "text/html; charset=utf-8", text))
}

/// `GET /dashboard.js`
pub(super) fn script(_: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    request.recording.forget();
    Reply::Now(part(200, "text/javascript; charset=utf-8", include_str!("dashboard/page.js")))
}

/// `GET /dashboard.css`
pub(super) fn style(_: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    request.recording.forget();
    Reply::Now(part(200, "text/css; charset=utf-8", include_str!("dashboard/page.css")))
}

fn part(status: u16, content_type: &'static str, text: &'static str) -> Response {
    Response::new(status, content_type, Body::Static(text.as_bytes()))
        .with("content-security-policy", POLICY)
        .with("cache-control", "no-store")
}

/// `POST /session`: the token, from the page that asks for it, as `text/plain`; a browser keeps it from then on.
#[utoipa::path(post, path = "/session", responses((status = 303, description = "The token is right: back to the page"), (status = 401, description = "It is not")))]
pub(super) fn enter(app: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    let form = std::str::from_utf8(request.body).unwrap_or_default();
    let shown = form.trim_end().strip_prefix("token=").unwrap_or_default();
    if !visitor::knows(shown, &app.settings) {
        let door = include_str!("dashboard/door.html");
        return Reply::Now(part(401, "text/html; charset=utf-8", door));
    }
    let secure = if request.peer.secure { "; Secure" } else { "" };
    let rules = format!("HttpOnly; SameSite=Strict; Path=/; Max-Age={COOKIE_SECONDS}{secure}");
    let back = Response::empty(303).with("location", "/");
    Reply::Now(back.with("set-cookie", format!("{COOKIE}={shown}; {rules}")))
}

/// `GET /dashboard/events`
#[utoipa::path(get, path = "/dashboard/events", responses((status = 200, description = "How the server is, once a second, as server-sent events"), (status = 401, description = "This is not for everybody"), (status = 503, description = "Too many look already")))]
pub(super) fn events(app: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    request.recording.forget();
    if let Err(refusal) = visitor::check(request, &app.settings) {
        return Reply::Now(refusal);
    }
    let Some(seat) = Seat::take(&app.pages) else {
        return Reply::Now(unavailable("too many look already"));
    };
    let (sender, events) = channel(1);
    spawn_local(show(Rc::clone(app), sender, seat));
    let response = Response::new(200, "text/event-stream", Body::Events(events));
    // A proxy that collects what comes would show nothing (nginx).
    Reply::Now(response.with("cache-control", "no-store").with("x-accel-buffering", "no"))
}

/// One of the pages that may be open.
struct Seat(Rc<Cell<usize>>);

impl Seat {
    fn take(taken: &Rc<Cell<usize>>) -> Option<Self> {
        if taken.get() == PAGES_MAX {
            return None;
        }
        taken.set(taken.get() + 1);
        Some(Self(Rc::clone(taken)))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Tells how the server is, until nobody looks any more, or it is time to come again.
async fn show(app: Rc<App>, events: Sender<Vec<u8>>, _seat: Seat) {
    let machine = Machine::of_this_process();
    let mut recent = Recent::new(Arc::clone(&app.board), machine, Rc::clone(&app.past));
    let end = Instant::now() + PAGE_MAX;
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !app.leaving.get() && Instant::now() < end {
        tokio::select! {
            _ = look.tick() => {}
            () = events.closed() => return,
        }
        recent.look();
        if events.send(event(&View::of(&recent))).await.is_err() {
            return;
        }
    }
}

/// With the time after which a browser whose connection has ended comes again, in milliseconds.
fn event(view: &impl Serialize) -> Vec<u8> {
    let mut event = b"retry: 1000\ndata: ".to_vec();
    serde_json::to_writer(&mut event, view).expect("text and numbers can be written");
    event.extend_from_slice(b"\n\n");
    event
}

/// Seconds since 1970.
fn time() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as f64 / 1e3
}
