//! Who may look.

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
    assert_eq!(look(&server, &["host: localhost"]).status, 200, "who is at the machine still may");
    assert!(!server.log().contains(TOKEN));
}
