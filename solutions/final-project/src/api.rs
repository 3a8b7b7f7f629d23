//! What can be asked for.

use std::rc::Rc;

use solution_2_lifecycle::router::Found;

use crate::app::App;
use crate::board::numbers::NO_ROUTE;
use crate::events::Access;
use crate::message::{Reply, Request};

mod basics;
mod compute;
mod dashboard;
mod description;
mod health;
mod jobs;
mod observation;
mod refusal;
mod statics;
mod users;

/// What answers a route.
#[derive(Clone, Copy)]
pub struct Handler {
    /// It looks at the request while it is called; what it needs later, it keeps.
    pub answer: Answering,
    /// What an answer is told as, where somebody is told.
    pub access: Option<Access>,
    /// Its route's place in [`ROUTES`], where that is known.
    pub place: usize,
}

/// A handler's function.
pub type Answering = fn(&Rc<App>, &Request<'_>, &Route<'_, '_>) -> Reply;

/// The route that was found, with its parameters.
pub type Route<'r, 'p> = Found<'r, 'p, Handler>;

const fn silent(answer: Answering) -> Handler {
    Handler { answer, access: None, place: NO_ROUTE }
}

const fn told(answer: Answering, access: Access) -> Handler {
    Handler { answer, access: Some(access), place: NO_ROUTE }
}

/// Method, pattern, and what answers.
pub const ROUTES: &[(&str, &str, Handler)] = &[
    ("GET", "/", silent(dashboard::page)),
    ("GET", "/dashboard.js", silent(dashboard::script)),
    ("GET", "/dashboard.css", silent(dashboard::style)),
    ("GET", "/dashboard/events", silent(dashboard::events)),
    ("POST", "/session", silent(dashboard::enter)),
    ("GET", "/plaintext", silent(basics::plaintext)),
    ("GET", "/json", silent(basics::json)),
    ("GET", "/live", silent(health::live)),
    ("GET", "/health", silent(health::ready)),
    ("GET", "/ready", silent(health::ready)),
    ("GET", "/metrics", silent(observation::metrics)),
    ("GET", "/traces", silent(observation::traces)),
    ("GET", "/errors", silent(observation::errors)),
    ("GET", "/openapi.json", silent(description::openapi)),
    ("GET", "/users", told(users::list, Access::List)),
    ("POST", "/users", told(users::create, Access::Create)),
    ("GET", "/users/{id}", told(users::read, Access::Read)),
    ("PUT", "/users/{id}", told(users::replace, Access::Replace)),
    ("DELETE", "/users/{id}", told(users::delete, Access::Delete)),
    ("GET", "/compute/primes/{below}", silent(compute::primes)),
    ("POST", "/jobs", silent(jobs::submit)),
    ("GET", "/jobs/{id}", silent(jobs::read)),
    ("GET", "/jobs/{id}/result", silent(jobs::result)),
    ("DELETE", "/jobs/{id}", silent(jobs::cancel)),
    ("GET", "/static/{*path}", silent(statics::file)),
];
