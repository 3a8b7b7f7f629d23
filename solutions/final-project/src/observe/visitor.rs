//! Who may look at the server itself: at `/metrics`, and at the page at `/`.
//!
//! Where a token is set (`admin_token`), who shows it, and nobody else. Without one, who sits at the machine: the connection
//! comes from a loopback address. Others have one, too, and are none of these:
//!
//! - Clients of a proxy on this machine, if it says in a field that it speaks for somebody. Not all do: behind a proxy on the
//!   same machine, set a token.
//! - A page in a browser on this machine that had its own name lead here (DNS rebinding). The request is for that name, and
//!   not for `localhost`.
//! - A page that has the browser ask across sites. The browser lets it send, but not read, and says so (`sec-fetch-site`).

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
    let may = match &settings.admin_token {
        Some(token) => shown(request).any(|shown| is_same(shown, token.get())),
        None => is_here(request),
    };
    if may {
        return Ok(());
    }
    let detail = "this is for who shows the token (setting `admin_token`), or, if there is none, for `localhost`";
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
        && !is_across_sites(request)
        && request.host().is_some_and(is_this_machine)
}

/// A page of another site asks. Who follows a link from there may.
fn is_across_sites(request: &Request<'_>) -> bool {
    let field = |name| request.headers.get(name);
    let same = ["same-origin", "none"];
    field("sec-fetch-site").is_some_and(|site| !same.contains(&site))
        && field("sec-fetch-mode") != Some("navigate")
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
