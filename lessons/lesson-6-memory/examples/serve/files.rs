//! What is asked of a file, and the head of the answer.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::time::SystemTime;

use httpdate::HttpDate;
use memory::files::{Conditions, FileError, Found, Method, Root, Selected, select};
use solution_2_lifecycle::request::Head;
use solution_2_lifecycle::response::Response;
use solution_2_lifecycle::response::encoder::Connection;
use solution_2_lifecycle::router::{NoRoute, Router};

/// The directory whose files are served, if there is one.
pub(crate) struct Files {
    root: Option<Root>,
    routes: Router<()>,
}

/// What a request for a file is answered with.
pub(crate) enum Answer {
    /// Words instead of a file.
    Words(Response),
    /// The head that was written, and behind it a part of a file, which may be empty.
    File(Found, Range<u64>),
}

impl Files {
    pub(crate) fn new(directory: Option<OsString>) -> io::Result<Self> {
        let root = directory.map(|path| Root::open(Path::new(&path))).transpose()?;
        let mut routes = Router::new();
        routes.add("GET", "/files/{*name}", ()).expect("it breaks no rule");
        Ok(Self { root, routes })
    }

    /// Answers a request for a file, or `None` if it is for something else.
    ///
    /// The file is opened, and a small one read, on the loop: what is not in memory holds up everybody. The server of the last
    /// lesson has a thread for that.
    pub(crate) fn answer(
        &self,
        head: &Head<'_>,
        connection: Connection,
        out: &mut Vec<u8>,
    ) -> Option<Answer> {
        let root = self.root.as_ref().filter(|_| head.path().starts_with("/files/"))?;
        Some(match self.routes.find(head.method(), head.path()) {
            Ok(route) => {
                let name = route.parameter("name").unwrap_or_default();
                match root.find(&name) {
                    Ok(file) => describe(file, head, &name, connection, out),
                    Err(FileError::NotFound | FileError::Forbidden) => {
                        words(404, "there is no such file")
                    }
                    Err(FileError::Io(_)) => words(503, "the file cannot be opened now"),
                }
            }
            Err(NoRoute::NotFound) => words(404, "there is no such file"),
            Err(NoRoute::Malformed) => words(400, "the path is malformed"),
            Err(NoRoute::MethodNotAllowed { allow }) => {
                let mut refused = text(405, "files can only be read");
                refused.add("allow", allow.to_owned()).expect("methods are tokens");
                Answer::Words(refused)
            }
        })
    }
}

/// Decides what of the file is sent, and writes what comes before it.
fn describe(
    file: Found,
    head: &Head<'_>,
    name: &str,
    connection: Connection,
    out: &mut Vec<u8>,
) -> Answer {
    let method = if head.method() == "HEAD" { Method::Head } else { Method::Get };
    let selected = select_part(&file, head, method);
    let all = file.length();
    let (status, range) = match &selected {
        Selected::Whole => ("200 OK", None),
        Selected::Part(part) => {
            let range = format!("bytes {}-{}/{all}", part.start, part.end - 1);
            ("206 Partial Content", Some(range))
        }
        Selected::NotModified => ("304 Not Modified", None),
        Selected::PreconditionFailed => ("412 Precondition Failed", None),
        Selected::Unsatisfiable => ("416 Range Not Satisfiable", Some(format!("bytes */{all}"))),
    };
    let part = match &selected {
        Selected::Whole => Some(0..all),
        Selected::Part(part) => Some(part.clone()),
        _ => None,
    };
    let now = SystemTime::now();
    let write = || -> io::Result<()> {
        write!(out, "HTTP/1.1 {status}\r\netag: {}\r\n", file.etag())?;
        write!(out, "last-modified: {}\r\n", HttpDate::from(file.modified().min(now)))?;
        if let Some(range) = range {
            write!(out, "content-range: {range}\r\n")?;
        }
        match &part {
            Some(part) => {
                write!(out, "content-type: {}\r\naccept-ranges: bytes\r\n", media_type(name))?;
                write!(out, "x-content-type-options: nosniff\r\n")?;
                write!(out, "content-length: {}\r\n", part.end - part.start)?;
            }
            // How long the file is belongs to an answer with 304, if anything does; and that one says nothing.
            None if selected == Selected::NotModified => {}
            None => write!(out, "content-length: 0\r\n")?,
        }
        match connection {
            Connection::Stays => {}
            Connection::StaysForOld => write!(out, "connection: keep-alive\r\n")?,
            Connection::Closes => write!(out, "connection: close\r\n")?,
        }
        write!(out, "date: {}\r\n\r\n", HttpDate::from(now))
    };
    write().expect("a vector grows");
    Answer::File(file, part.filter(|_| method == Method::Get).unwrap_or_default())
}

/// Compares the request's conditions with the file.
fn select_part(file: &Found, head: &Head<'_>, method: Method) -> Selected {
    let field = |name| joined(head, name);
    select(
        file.validators(),
        &Conditions {
            method,
            if_match: field("if-match").as_deref(),
            if_none_match: field("if-none-match").as_deref(),
            if_modified_since: field("if-modified-since").as_deref(),
            if_unmodified_since: field("if-unmodified-since").as_deref(),
            if_range: field("if-range").as_deref(),
            range: field("range").as_deref(),
        },
    )
}

/// The lines of a field as one list. What is no text is no condition either.
fn joined<'a>(head: &Head<'a>, name: &str) -> Option<Cow<'a, str>> {
    let mut lines = head.all(name).filter_map(|line| str::from_utf8(line).ok());
    let first = lines.next()?;
    Some(lines.fold(Cow::from(first), |all, line| all + ", " + line))
}

fn media_type(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("md" | "txt" | "rs" | "toml") => "text/plain; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

fn words(status: u16, words: &str) -> Answer {
    Answer::Words(text(status, words))
}

/// An answer of some words.
pub(crate) fn text(status: u16, words: &str) -> Response {
    let mut response = Response::new();
    (response.status, response.content_type) = (status, "text/plain; charset=utf-8");
    response.body.extend_from_slice(words.as_bytes());
    response
}
