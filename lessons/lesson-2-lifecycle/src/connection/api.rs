//! What every rung of the ladder answers: the small API.
//!
//! `GET /plaintext`, `GET /json`, `GET /users/{id}` and `POST /users`. Users are kept in memory, and there are three at first.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::Request;
use crate::response::Response;
use crate::response::negotiation::choose;
use crate::router::{Found, NoRoute, RouteError, Router};
use crate::validate::{Problem, User, from_json};

/// Users that are kept; beyond that, no more are taken.
const USERS_MAX: usize = 10_000;
/// What users are written as, the preferred first.
const FORMATS: [&str; 2] = ["application/json", "application/msgpack"];

/// The API, and what it keeps.
pub struct Api {
    routes: Router<Handler>,
    /// By number. Nothing can fail while it is locked.
    users: Mutex<BTreeMap<u64, User>>,
}

/// Answers one route.
struct Handler(fn(&Api, &Call<'_>, &mut Response));

/// What the API looks at in a request, whoever has read it.
pub trait Asked {
    /// As written.
    fn method(&self) -> &str;
    /// What it is about: the path with its query, or `*`.
    fn target(&self) -> &str;
    /// Line `number` of the field `accept`, from 0; none behind the last one.
    fn accept(&self, number: usize) -> Option<&str>;
    /// All of it.
    fn body(&self) -> &[u8];

    /// The target without its query.
    fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }
}

impl Asked for Request<'_> {
    fn method(&self) -> &str {
        self.head.method()
    }

    fn target(&self) -> &str {
        self.head.target()
    }

    fn accept(&self, number: usize) -> Option<&str> {
        self.head.all("accept").filter_map(|line| str::from_utf8(line).ok()).nth(number)
    }

    fn body(&self) -> &[u8] {
        self.body
    }

    fn path(&self) -> &str {
        self.head.path()
    }
}

/// What a handler gets.
struct Call<'a> {
    request: &'a dyn Asked,
    found: &'a Found<'a, 'a, Handler>,
}

/// A user with the number that it has got.
#[derive(Serialize)]
struct Numbered<'a> {
    id: u64,
    #[serde(flatten)]
    user: &'a User,
}

impl Api {
    /// One with three users.
    ///
    /// # Errors
    ///
    /// A route breaks a rule.
    pub fn new() -> Result<Self, RouteError> {
        let mut routes = Router::new();
        routes.add("GET", "/plaintext", Handler(plaintext))?;
        routes.add("GET", "/json", Handler(json))?;
        routes.add("GET", "/users/{id}", Handler(user))?;
        routes.add("POST", "/users", Handler(create))?;
        let users = ["Ada Lovelace", "Grace Hopper", "Barbara Liskov"].map(|name| {
            let (first, _) = name.split_once(' ').expect("two names");
            let email = format!("{}@example.org", first.to_lowercase());
            from_json(format!(r#"{{"name":"{name}","email":"{email}"}}"#).as_bytes())
        });
        let users = (1..).zip(users.into_iter().flatten()).collect();
        Ok(Self { routes, users: Mutex::new(users) })
    }

    /// Answers a request.
    pub fn handle(&self, request: &dyn Asked, response: &mut Response) {
        if request.target() == "*" {
            // It is not about a path, but about the server.
            response.status = 204;
            return response.add("allow", "GET, HEAD, OPTIONS, POST").expect("methods are tokens");
        }
        match self.routes.find(request.method(), request.path()) {
            Ok(found) => (found.value.0)(self, &Call { request, found: &found }, response),
            Err(NoRoute::NotFound) => text(404, "there is nothing here", response),
            Err(NoRoute::Malformed) => text(400, "the path is malformed", response),
            Err(NoRoute::MethodNotAllowed { allow }) => {
                text(405, "not this method", response);
                response.add("allow", allow.to_owned()).expect("methods are tokens");
            }
        }
    }

    fn users(&self) -> MutexGuard<'_, BTreeMap<u64, User>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn plaintext(_: &Api, _: &Call<'_>, response: &mut Response) {
    text(200, "Hello, World!", response);
}

fn json(_: &Api, _: &Call<'_>, response: &mut Response) {
    #[derive(Serialize)]
    struct Message {
        message: &'static str,
    }
    write_json(200, "application/json", &Message { message: "Hello, World!" }, response);
}

fn user(api: &Api, call: &Call<'_>, response: &mut Response) {
    // Also where it is refused: a cache in between must not give it to who accepts something else (RFC 9110 §12.5.5).
    response.add("vary", "accept").expect("a token");
    let id = call.found.parameter("id").as_deref().and_then(number);
    let users = api.users();
    let found = id.and_then(|id| Some(Numbered { id, user: users.get(&id)? }));
    let Some(found) = found else { return text(404, "there is no such user", response) };
    let accept = (0..).map_while(|line| call.request.accept(line));
    match choose(accept, &FORMATS) {
        Some(0) => write_json(200, FORMATS[0], &found, response),
        Some(_) => {
            response.content_type = FORMATS[1];
            rmp_serde::encode::write_named(&mut response.body, &found).expect("a vector grows");
        }
        None => text(406, "users are JSON or MessagePack", response),
    }
}

/// A user's number as this API writes it. `+1` and `01` would be other names of the same user.
fn number(text: &str) -> Option<u64> {
    let begins_well = text.starts_with(|first: char| matches!(first, '1'..='9'));
    text.parse().ok().filter(|_| begins_well)
}

fn create(api: &Api, call: &Call<'_>, response: &mut Response) {
    let user = match from_json(call.request.body()) {
        Ok(user) => user,
        Err(problem) => {
            return write_json(problem.status, Problem::MEDIA_TYPE, &problem, response);
        }
    };
    let mut users = api.users();
    if users.len() == USERS_MAX {
        return text(507, "there are as many users as can be kept", response);
    }
    let id = users.last_key_value().map_or(1, |(last, _)| last + 1);
    write_json(201, FORMATS[0], &Numbered { id, user: &user }, response);
    response.add("location", format!("/users/{id}")).expect("a number is visible");
    users.insert(id, user);
}

fn text(status: u16, words: &str, response: &mut Response) {
    (response.status, response.content_type) = (status, "text/plain; charset=utf-8");
    response.body.extend_from_slice(words.as_bytes());
}

fn write_json(
    status: u16,
    content_type: &'static str,
    value: &impl Serialize,
    response: &mut Response,
) {
    (response.status, response.content_type) = (status, content_type);
    serde_json::to_writer(&mut response.body, value).expect("a vector grows");
}
