//! The description of the API in the format OpenAPI 3.1.

use std::rc::Rc;
use std::sync::LazyLock;

use utoipa::OpenApi;

use super::Route;
use crate::app::App;
use crate::message::{Body, Reply, Request, Response};

#[derive(OpenApi)]
#[openapi(
    info(title = "Users", description = "Users, and what a server needs around them."),
    paths(
        super::basics::plaintext,
        super::basics::json,
        super::health::live,
        super::health::ready,
        super::dashboard::page,
        super::dashboard::events,
        super::dashboard::enter,
        super::observation::metrics,
        super::observation::traces,
        super::observation::errors,
        openapi,
        super::users::list,
        super::users::create,
        super::users::read,
        super::users::replace,
        super::users::delete,
        super::compute::primes,
        super::jobs::submit,
        super::jobs::read,
        super::jobs::result,
        super::jobs::cancel,
        super::statics::file,
    )
)]
struct Description;

/// Written once.
static DESCRIPTION: LazyLock<Vec<u8>> = LazyLock::new(|| {
    serde_json::to_vec(&Description::openapi()).expect("a description can be written")
});

/// `GET /openapi.json`
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, description = "This")))]
pub(super) fn openapi(_: &Rc<App>, _: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    Reply::Now(Response::new(200, "application/json", Body::Static(&DESCRIPTION)))
}
