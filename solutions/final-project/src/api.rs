//! What can be asked for.

use std::rc::Rc;

use solution_2_lifecycle::router::Found;

use crate::app::App;
use crate::message::{Reply, Request};

mod basics;
mod compute;
mod description;
mod health;
mod statics;
mod users;

/// What answers a route. It looks at the request while it is called; what it needs later, it keeps.
#[derive(Clone, Copy)]
pub struct Handler(pub fn(&Rc<App>, &Request<'_>, &Route<'_, '_>) -> Reply);

/// The route that was found, with its parameters.
pub type Route<'r, 'p> = Found<'r, 'p, Handler>;

/// Method, pattern, and what answers.
pub const ROUTES: &[(&str, &str, Handler)] = &[
    ("GET", "/plaintext", Handler(basics::plaintext)),
    ("GET", "/json", Handler(basics::json)),
    ("GET", "/live", Handler(health::live)),
    ("GET", "/health", Handler(health::ready)),
    ("GET", "/ready", Handler(health::ready)),
    ("GET", "/openapi.json", Handler(description::openapi)),
    ("GET", "/users", Handler(users::list)),
    ("POST", "/users", Handler(users::create)),
    ("GET", "/users/{id}", Handler(users::read)),
    ("PUT", "/users/{id}", Handler(users::replace)),
    ("DELETE", "/users/{id}", Handler(users::delete)),
    ("GET", "/compute/primes/{below}", Handler(compute::primes)),
    ("GET", "/static/{*path}", Handler(statics::file)),
];
