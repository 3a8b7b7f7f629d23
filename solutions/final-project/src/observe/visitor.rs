//! Who may look at the server itself: at `/metrics`, and at the page at `/`.
//!
//! Whoever has the token (`admin_token`), from anywhere. Without it, who sits at the machine: the connection comes from a
//! loopback address. Three kinds of strangers have one, too, and are none of these:
//!
//! - Clients of a proxy on this machine. It says that it speaks for somebody, in a field.
//! - A page in a browser on this machine that had its own name lead here (DNS rebinding). The request is for that name, and
//!   not for `localhost`.
//! - A page that has the browser ask across sites. The browser lets it send, but not read.

use std::net::IpAddr;

use crate::message::{Request, Response};
use crate::problem::problem;
use crate::settings::Settings;

/// Where a browser keeps the token.
pub const COOKIE: &str = "api-server-token";

/// By which a proxy says that it speaks for somebody.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Whether the client may look.
///
/// # Errors
///
/// The answer for who may not.
pub fn check(request: &Request<'_>, settings: &Settings) -> Result<(), Response> {
    if shown(request).any(|shown| knows(shown, settings)) || is_here(request) {
        return Ok(());
    }
    let detail = "this is for `localhost`, or for who shows the token (setting `admin_token`)";
    Err(problem(401, detail).with("www-authenticate", "Bearer"))
}

/// Whether this is the token.
#[must_use]
pub fn knows(shown: &str, settings: &Settings) -> bool {
    settings.admin_token.as_ref().is_some_and(|token| is_same(shown, token.get()))
}

/// Whoever sent this sits at this machine.
fn is_here(request: &Request<'_>) -> bool {
    let for_others = FORWARDED.iter().any(|field| request.headers.has(field));
    request.peer.address.to_canonical().is_loopback()
        && !for_others
        && request.host().is_some_and(is_this_machine)
}

fn is_this_machine(host: &str) -> bool {
    let (name, _port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (address, port),
        None => host.split_once(':').unwrap_or((host, "")),
    };
    let is_loopback =
        |name: &str| name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    name.eq_ignore_ascii_case("localhost") || is_loopback(name)
}

/// The tokens that a client shows: in the field for it, and in its cookies.
fn shown<'a>(request: &Request<'a>) -> impl Iterator<Item = &'a str> {
    let bearer = request.headers.get("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let cookies = request.headers.all("cookie").flat_map(|line| line.split(';'));
    let cookie = cookies.filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then_some(value)
    });
    bearer.into_iter().chain(cookie)
}

/// Whether two texts are the same, in a time that does not say where they differ.
fn is_same(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |so_far, (a, b)| so_far | (a ^ b));
    // Optimised away, the loop would end at the first difference.
    std::hint::black_box(differences) == 0 && a.len() == b.len()
}
