//! Who may look.

use std::net::IpAddr;

use api_server::message::{Headers, Request};
use api_server::observe::trace::Recording;
use api_server::observe::visitor::check;
use api_server::settings::Settings;
use hyper::HeaderMap;
use solution_5_async_io::serve::Peer;

use crate::house::Server;
use crate::house::exposition::look;

const TOKEN: &str = "correct-horse-battery";

#[test]
fn without_a_token_only_who_is_at_the_machine_may_look() {
    let server = Server::start(&["--hosts", "any"]);
    let ask = |field: &str| look(&server, &["host: localhost", field]).status;
    let host = |host: &str| look(&server, &[&format!("host: {host}")]);
    assert_eq!(host("localhost").status, 200);
    // Somebody for whom a proxy on this machine asks.
    for field in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        assert_eq!(ask(&format!("{field}: 192.0.2.7")), 401, "{field}");
    }
    assert_eq!(ask("authorization: Bearer 1"), 200, "it is not needed here");
    // A page of another site, which the browser lets send; not who follows a link from there.
    for (site, mode, status) in [
        ("cross-site", "no-cors", 401),
        ("same-site", "cors", 401),
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
        ("cross-site", "navigate", 200),
    ] {
        let fields = [format!("sec-fetch-site: {site}"), format!("sec-fetch-mode: {mode}")];
        let answer = look(&server, &["host: localhost", &fields[0], &fields[1]]);
        assert_eq!(answer.status, status, "{site} {mode}");
    }
    // A page whose name leads to this machine.
    let rebound = host("page.example");
    assert_eq!(rebound.status, 401);
    assert!(rebound.text().contains("admin_token") && rebound.header("www-authenticate").is_some());
    for here in ["localhost", "localhost:8080", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:80"] {
        assert_eq!(host(here).status, 200, "{here}");
    }
}

#[test]
fn with_the_token_anybody_may() {
    let server = Server::start(&["--admin-token", TOKEN]);
    let from_elsewhere = |field: &str, value: &str| {
        let fields = ["host: a", "x-forwarded-for: 192.0.2.7", &format!("{field}: {value}")];
        look(&server, &fields).status
    };
    assert_eq!(from_elsewhere("authorization", &format!("Bearer {TOKEN}")), 200);
    assert_eq!(from_elsewhere("authorization", &format!("bearer {TOKEN}")), 200);
    assert_eq!(from_elsewhere("cookie", &format!("a=b; api-server-token={TOKEN}")), 200);
    let wrong = [&TOKEN[1..], "", "correct-horse-batterY", &TOKEN.repeat(2)];
    for token in wrong {
        assert_eq!(from_elsewhere("authorization", &format!("Bearer {token}")), 401, "{token}");
        assert_eq!(from_elsewhere("cookie", &format!("api-server-token={token}")), 401, "{token}");
    }
    assert_eq!(from_elsewhere("authorization", &format!("Basic {TOKEN}")), 401);
    assert_eq!(look(&server, &["host: localhost"]).status, 401, "nor is it enough to be here");
    assert!(!server.log().contains(TOKEN));
}

/// Tests listen on this machine only, so nobody else can really ask.
#[test]
fn a_client_that_is_elsewhere_may_not_look_whatever_it_says() {
    let mut fields = HeaderMap::new();
    fields.insert("host", "localhost".parse().unwrap());
    let may = |address: &str| {
        let address: IpAddr = address.parse().unwrap();
        let request = Request {
            method: "GET",
            path: "/metrics",
            query: "",
            headers: Headers::from(&fields),
            body: b"",
            authority: None,
            peer: Peer { address, ..Peer::default() },
            client: address,
            caller: None,
            recording: &Recording::default(),
        };
        check(&request, &Settings::default()).is_ok()
    };
    for here in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        assert!(may(here), "{here}");
    }
    for elsewhere in ["192.0.2.7", "10.0.0.1", "::", "2001:db8::1", "::ffff:10.0.0.1", "0.0.0.0"] {
        assert!(!may(elsewhere), "{elsewhere}");
    }
}
