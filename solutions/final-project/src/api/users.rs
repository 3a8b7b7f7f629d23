//! Users: create, read, replace, delete, list.

use std::rc::Rc;
use std::time::Instant;

use super::Route;
use super::refusal::refused;
use crate::app::App;
use crate::formats::{Format, NewUserDocument, Page, UserDocument, user};
use crate::message::{Body, Reply, Request, Response};
use crate::problem::problem;
use crate::store::{Expected, Unwanted};
use crate::users::{Written, version};

/// Users on a page, unless the client says how many.
const PAGE: usize = 20;
/// And at most.
const PAGE_MAX: usize = 100;

/// Returns an answer early.
macro_rules! or_answer {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(response) => return Reply::Now(response),
        }
    };
}

/// `POST /users`
#[utoipa::path(post, path = "/users", request_body = NewUserDocument, responses((status = 201, description = "The new user", body = UserDocument), (status = 409, description = "Another user has the e-mail address"), (status = 422, description = "It is no valid user")))]
pub(super) fn create(app: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    let format = or_answer!(Format::accepted(request));
    let new = or_answer!(user(request));
    let (app, recording) = (Rc::clone(app), request.recording.clone());
    let trace = recording.context();
    Reply::later(async move {
        match Rc::clone(&app.users).create(new, recording).await {
            Ok(user) => {
                let (id, location) = (user.id, format!("/users/{}", user.id));
                document(format, 201, Written::new(user, format))
                    .with("location", location)
                    .about(id)
            }
            Err(error) => refused(&app, &error, trace),
        }
    })
}

/// `GET /users/{id}`: at once when the cache has it.
#[utoipa::path(get, path = "/users/{id}", params(("id" = u64, Path, description = "The user")), responses((status = 200, description = "The user", body = UserDocument), (status = 304, description = "The client has it"), (status = 404, description = "There is none")))]
pub(super) fn read(app: &Rc<App>, request: &Request<'_>, route: &Route<'_, '_>) -> Reply {
    let format = or_answer!(Format::accepted(request));
    let id = or_answer!(id(route));
    if let Some(user) = app.users.cached(id, format, Instant::now()) {
        app.numbers().cache_hits.add(1);
        return Reply::Now(conditional(format, user, request.headers.get("if-none-match")));
    }
    app.numbers().cache_misses.add(1);
    let if_none_match = request.headers.get("if-none-match").map(String::from);
    let (app, recording) = (Rc::clone(app), request.recording.clone());
    let trace = recording.context();
    Reply::later(async move {
        match app.users.load(id, format, &recording).await {
            Ok(user) => conditional(format, user, if_none_match.as_deref()),
            Err(error) => refused(&app, &error, trace),
        }
    })
}

/// `PUT /users/{id}`
#[utoipa::path(put, path = "/users/{id}", params(("id" = u64, Path, description = "The user")), request_body = NewUserDocument, responses((status = 200, description = "The user as it is now", body = UserDocument), (status = 404, description = "There is none"), (status = 409, description = "Another user has the e-mail address"), (status = 412, description = "It has changed since"), (status = 422, description = "It is no valid user")))]
pub(super) fn replace(app: &Rc<App>, request: &Request<'_>, route: &Route<'_, '_>) -> Reply {
    let format = or_answer!(Format::accepted(request));
    let id = or_answer!(id(route));
    let expected = expected(request);
    let new = or_answer!(user(request));
    let (app, recording) = (Rc::clone(app), request.recording.clone());
    let trace = recording.context();
    Reply::later(async move {
        match Rc::clone(&app.users).replace(id, new, expected, recording).await {
            // With no tag: what is kept has an id and a version that were not sent, and a tag would say that it is what was
            // sent (RFC 9110 §9.3.4).
            Ok(user) => format.response(200, Body::Shared(Written::new(user, format).document)),
            Err(error) => refused(&app, &error, trace),
        }
    })
}

/// `DELETE /users/{id}`
#[utoipa::path(delete, path = "/users/{id}", params(("id" = u64, Path, description = "The user")), responses((status = 204, description = "It is gone"), (status = 404, description = "There is none"), (status = 412, description = "It has changed since")))]
pub(super) fn delete(app: &Rc<App>, request: &Request<'_>, route: &Route<'_, '_>) -> Reply {
    let id = or_answer!(id(route));
    let expected = expected(request);
    let (app, recording) = (Rc::clone(app), request.recording.clone());
    let trace = recording.context();
    Reply::later(async move {
        match Rc::clone(&app.users).delete(id, expected, recording).await {
            Ok(()) => Response::empty(204),
            Err(error) => refused(&app, &error, trace),
        }
    })
}

/// `GET /users?after=ID&limit=N`: a page begins behind an id, not at an offset, so that it costs the same however far it
/// is, and a user that is deleted meanwhile moves no other to another page.
#[utoipa::path(get, path = "/users", params(("after" = Option<u64>, Query, description = "The id before the first"), ("limit" = Option<u32>, Query, description = "1 to 100; 20 if not given")), responses((status = 200, description = "Some users", body = Page)))]
pub(super) fn list(app: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    let format = or_answer!(Format::accepted(request));
    let (after, limit) = or_answer!(page(request.query));
    let (app, recording) = (Rc::clone(app), request.recording.clone());
    let trace = recording.context();
    Reply::later(async move {
        match app.users.list(after, limit + 1, &recording).await {
            Ok(mut users) => {
                // One more than asked for says whether there is a next page.
                let more = users.len() > limit;
                users.truncate(limit);
                let next = users
                    .last()
                    .filter(|_| more)
                    .map(|last| format!("/users?after={}&limit={limit}", last.id));
                let users = users.into_iter().map(UserDocument::from).collect();
                format.response(200, format.write(&Page { users, next }).into())
            }
            Err(error) => refused(&app, &error, trace),
        }
    })
}

fn id(route: &Route<'_, '_>) -> Result<u64, Response> {
    let id = route.parameter("id").and_then(|id| id.parse().ok());
    id.ok_or_else(|| problem(404, "there is no such user: ids are whole numbers"))
}

fn page(query: &str) -> Result<(u64, usize), Response> {
    let (mut after, mut limit) = (0, PAGE);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let read = match pair.split_once('=') {
            Some(("after", id)) => id.parse().map(|id| after = id).is_ok(),
            Some(("limit", count)) => count.parse().map(|count| limit = count).is_ok(),
            _ => false,
        };
        if !read || !(1..=PAGE_MAX).contains(&limit) {
            let rule = format!("the query can be `after=ID` and `limit=1` to `{PAGE_MAX}`");
            return Err(problem(400, &rule));
        }
    }
    Ok((after, limit))
}

/// Which versions a write is meant for (RFC 9110 §13.1.1, §13.1.2), by tags of any format. A tag that is none of ours is
/// nobody's version.
fn expected(request: &Request<'_>) -> Expected {
    // One that cannot be read is there all the same, and matches nothing.
    let field =
        |name| request.headers.has(name).then(|| request.headers.list(name).unwrap_or_default());
    let (if_match, if_none_match) = (field("if-match"), field("if-none-match"));
    let one_of = match if_match.as_deref().map(str::trim) {
        None | Some("*") => None,
        // A weak tag never matches here, and `version` knows none.
        Some(tags) => Some(tags.split(',').filter_map(version).collect()),
    };
    let none_of = match if_none_match.as_deref().map(str::trim) {
        None => Unwanted::Nothing,
        Some("*") => Unwanted::Anything,
        Some(tags) => {
            Unwanted::Versions(tags.split(',').filter_map(|tag| version(strong(tag))).collect())
        }
    };
    Expected { one_of, none_of }
}

/// A tag without its mark of weakness: `If-None-Match` compares like that.
fn strong(tag: &str) -> &str {
    tag.trim().trim_start_matches("W/")
}

fn document(format: Format, status: u16, user: Written) -> Response {
    format.response(status, Body::Shared(user.document)).with("etag", user.tag)
}

/// The user, unless the client has it (RFC 9110 §13.1.2).
fn conditional(format: Format, user: Written, if_none_match: Option<&str>) -> Response {
    let same = |tag: &str| strong(tag).as_bytes() == user.tag;
    if if_none_match.is_some_and(|tags| tags.trim() == "*" || tags.split(',').any(same)) {
        return Response::empty(304).with("etag", user.tag).with("vary", "accept");
    }
    document(format, 200, user)
}
