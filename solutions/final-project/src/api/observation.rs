//! The server, as those see it who run it.

use std::rc::Rc;

use super::Route;
use crate::app::App;
use crate::message::{Body, Reply, Request, Response};
use crate::observe::visitor;

/// The text format of Prometheus.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "What all workers have counted, in Prometheus's text format"), (status = 401, description = "This is not for everybody")))]
pub(super) fn metrics(app: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    Reply::Now(match visitor::check(request, &app.settings) {
        Ok(()) => {
            let body = Body::from(app.metrics.text().into_bytes());
            Response::new(200, TEXT, body).with("cache-control", "no-store")
        }
        Err(refusal) => refusal,
    })
}
