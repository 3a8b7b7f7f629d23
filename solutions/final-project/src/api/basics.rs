//! The smallest answers, to measure everything around them.

use std::rc::Rc;

use serde::Serialize;

use super::Route;
use crate::app::App;
use crate::message::{Body, Reply, Request, Response};

/// `GET /plaintext`
#[utoipa::path(get, path = "/plaintext", responses((status = 200, description = "A greeting", body = String, content_type = "text/plain")))]
pub(super) fn plaintext(_: &Rc<App>, _: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    Reply::Now(Response::new(200, "text/plain", Body::Static(b"Hello, World!")))
}

#[derive(Serialize)]
struct Greeting {
    message: &'static str,
}

/// `GET /json`: written anew for each request, as data are.
#[utoipa::path(get, path = "/json", responses((status = 200, description = "A greeting", content_type = "application/json")))]
pub(super) fn json(_: &Rc<App>, _: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    let greeting = Greeting { message: "Hello, World!" };
    let bytes = serde_json::to_vec(&greeting).expect("text can be written");
    Reply::Now(Response::new(200, "application/json", Body::from(bytes)))
}
