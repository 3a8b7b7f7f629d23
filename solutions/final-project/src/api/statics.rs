//! Static files: whole, in part, or not at all when the client has them.

use std::ops::Range;
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use solution_6_memory::files::{Conditions, Method, Selected, select};

use super::Route;
use crate::app::App;
use crate::files::{Entry, Files, FilesError};
use crate::guard::browsers;
use crate::message::{Body, Reply, Request, Response};
use crate::observe::context::TraceContext;
use crate::problem::{problem, unavailable};

/// The fields on which an answer depends, in the order of [`Conditions`].
const FIELDS: [&str; 6] =
    ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"];

/// `GET /static/…`
#[utoipa::path(get, path = "/static/{path}", params(("path" = String, Path, description = "A file")), responses((status = 200, description = "The file"), (status = 206, description = "The part of it that was asked for"), (status = 304, description = "The client has it"), (status = 404, description = "There is none")))]
pub(super) fn file(app: &Rc<App>, request: &Request<'_>, route: &Route<'_, '_>) -> Reply {
    let Some(files) = &app.files else {
        return Reply::Now(problem(404, "no files are served"));
    };
    let Some(name) = route.parameter("path") else {
        return Reply::Now(problem(404, "there is no such file"));
    };
    let method = if request.method == "HEAD" { Method::Head } else { Method::Get };
    let sent = Sent { media_type: media_type(&name), method, copied_for: request.copied_for() };
    let kept = files.kept(&name, Instant::now());
    if let Some(entry) = &kept
        && sent.is_there()
    {
        let fields = FIELDS.map(|field| request.headers.list(field));
        let fields = fields.each_ref().map(Option::as_deref);
        return Reply::Now(answer(files, entry, &sent, &conditions(method, fields)));
    }
    let fields = FIELDS.map(|field| request.headers.list(field).map(String::from));
    let (app, files, name) = (Rc::clone(app), Rc::clone(files), name.into_owned());
    let trace = request.recording.context();
    Reply::later(async move {
        let fields = fields.each_ref().map(Option::as_deref);
        let answered = load(&files, &name, kept, &sent, &conditions(method, fields)).await;
        answered.unwrap_or_else(|error| refusal(&app, &name, error, trace))
    })
}

/// How a file is sent.
struct Sent {
    media_type: &'static str,
    method: Method,
    /// See [`Request::copied_for`].
    copied_for: Option<u64>,
}

impl Sent {
    /// Whether the beginning of a file that is kept is where it can be sent from.
    fn is_there(&self) -> bool {
        self.copied_for.is_none() || self.method == Method::Head
    }
}

/// Opens the file, if it is not kept, and brings its beginning.
async fn load(
    files: &Rc<Files>,
    name: &str,
    kept: Option<Rc<Entry>>,
    sent: &Sent,
    conditions: &Conditions<'_>,
) -> Result<Response, FilesError> {
    let entry = match kept {
        Some(entry) => entry,
        None => files.load(name).await?,
    };
    let mut response = answer(files, &entry, sent, conditions);
    if let Body::Pages(pages) = &mut response.body
        && !sent.is_there()
    {
        pages.ready().await?;
    }
    Ok(response)
}

fn refusal(app: &App, name: &str, error: FilesError, trace: Option<TraceContext>) -> Response {
    match error {
        FilesError::NotFound => problem(404, "there is no such file"),
        FilesError::Forbidden => problem(403, "this file is not served"),
        FilesError::Busy => app.shed(unavailable("too many files are open or sent, or wait to be")),
        FilesError::Failed(cause) => {
            app.log.error_of(trace, &format!("cannot read the file `{name}`: {cause}"));
            problem(500, "the file cannot be read").because(&cause)
        }
    }
}

fn conditions<'a>(method: Method, fields: [Option<&'a str>; 6]) -> Conditions<'a> {
    let [if_match, if_none_match, if_modified_since, if_unmodified_since, if_range, range] = fields;
    Conditions {
        method,
        if_match,
        if_none_match,
        if_modified_since,
        if_unmodified_since,
        if_range,
        range,
    }
}

fn answer(files: &Rc<Files>, entry: &Entry, sent: &Sent, conditions: &Conditions<'_>) -> Response {
    let validators = entry.validators();
    let length = validators.length;
    let body = |part: Range<u64>| {
        let pages = entry.pages(files, part, sent.copied_for).map(Box::new);
        pages.map_or(Body::Empty, Body::Pages)
    };
    let response = match select(validators, conditions) {
        Selected::Whole => Response::new(200, sent.media_type, body(0..length)),
        Selected::Part(part) => {
            let range = format!("bytes {}-{}/{length}", part.start, part.end - 1);
            Response::new(206, sent.media_type, body(part)).with("content-range", range)
        }
        Selected::NotModified => Response::empty(304),
        Selected::PreconditionFailed => return problem(412, "the file is another one"),
        Selected::Unsatisfiable => {
            let range = format!("bytes */{length}");
            return problem(416, "the file has no such part").with("content-range", range);
        }
    };
    // RFC 9110 §8.8.2.1: never in the future.
    let modified = httpdate::fmt_http_date(validators.modified.min(SystemTime::now()));
    response
        .with("content-security-policy", browsers::OF_PAGES)
        .with("accept-ranges", "bytes")
        .with("etag", validators.etag.to_owned())
        .with("last-modified", modified)
}

/// By the name's ending. What is not known is not guessed.
fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "txt" | "md" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
