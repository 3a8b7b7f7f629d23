//! Goal: every path has one meaning: one route, or one refusal, whatever the order in which routes were added and
//! however the path is encoded; a lookup allocates nothing.
//!
//! Method: small tables of routes, counted allocations, and random routes and paths beside a model that tries every
//! pattern.
//! Not proven: speed (the benchmark).

#[path = "router/model.rs"]
mod model;

use std::borrow::Cow;

use lifecycle::router::{NoRoute, PARAMETERS_MAX, RouteError, Router};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use witness::allocations::{CountingAllocator, counted};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// A router whose routes are answered by `GET`.
fn router(patterns: &[&'static str]) -> Router<()> {
    let mut router = Router::new();
    for pattern in patterns {
        router.add("GET", pattern, ()).expect("a sound pattern");
    }
    router
}

/// The pattern that a path leads to.
fn pattern(router: &Router<()>, path: &str) -> Result<&'static str, String> {
    router.find("GET", path).map(|found| found.pattern).map_err(|error| format!("{error:?}"))
}

/// What a parameter is in a path that is found.
fn parameter(router: &Router<()>, path: &str, name: &str) -> Option<String> {
    let found = router.find("GET", path).unwrap_or_else(|error| panic!("`{path}`: {error:?}"));
    found.parameter(name).map(Cow::into_owned)
}

/// Checks that paths, which are separated by spaces, lead to one pattern.
#[track_caller]
fn assert_leads(router: &Router<()>, paths: &str, expected: &str) {
    for path in paths.split(' ') {
        assert_eq!(pattern(router, path).as_deref(), Ok(expected), "for `{path}`");
    }
}

/// Checks that paths, which are separated by spaces, lead nowhere.
#[track_caller]
fn assert_refused(router: &Router<()>, reason: NoRoute<'_>, paths: &str) {
    for path in paths.split(' ') {
        match router.find("GET", path) {
            Ok(found) => panic!("`{path}` leads to `{}`", found.pattern),
            Err(refusal) => assert_eq!(refusal, reason, "for `{path}`"),
        }
    }
}

#[test]
fn a_path_leads_to_its_value() {
    let mut router = Router::new();
    router.add("GET", "/", "root").unwrap();
    router.add("GET", "/plaintext", "greeting").unwrap();
    router.add("GET", "/users/{id}", "user").unwrap();
    let value = |path| router.find("GET", path).map(|found| *found.value);
    assert_eq!(value("/"), Ok("root"));
    assert_eq!(value("/plaintext"), Ok("greeting"));
    assert_eq!(value("/users/7"), Ok("user"));
    assert_eq!(value("/users"), Err(NoRoute::NotFound));
}

#[test]
fn a_parameter_is_the_segment_in_its_place() {
    let router = router(&["/users/{user}/posts/{post}"]);
    assert_eq!(parameter(&router, "/users/7/posts/first", "user").as_deref(), Some("7"));
    assert_eq!(parameter(&router, "/users/7/posts/first", "post").as_deref(), Some("first"));
    assert_eq!(parameter(&router, "/users/7/posts/first", "posts"), None, "no such parameter");
}

#[test]
fn a_rest_is_all_that_follows() {
    let router = router(&["/static/{*path}"]);
    assert_eq!(parameter(&router, "/static/logo.svg", "path").as_deref(), Some("logo.svg"));
    assert_eq!(parameter(&router, "/static/a/b/c.css", "path").as_deref(), Some("a/b/c.css"));
    assert_eq!(parameter(&router, "/static/a/", "path").as_deref(), Some("a/"));
    assert_refused(&router, NoRoute::NotFound, "/static /static/");
}

#[test]
fn a_slash_more_is_another_path() {
    let router = router(&["/users", "/posts/", "/a/{b}"]);
    assert_leads(&router, "/users", "/users");
    assert_leads(&router, "/posts/", "/posts/");
    assert_leads(&router, "/a/b", "/a/{b}");
    let others = "/users/ /posts //users /a/ /a// /a/b/ /a//b /";
    assert_refused(&router, NoRoute::NotFound, others);
}

#[test]
fn a_literal_goes_before_a_parameter_and_a_parameter_before_the_rest() {
    let patterns = ["/users/me", "/users/{id}", "/users/{*rest}"];
    for rotation in 0..patterns.len() {
        let mut rotated = patterns;
        rotated.rotate_left(rotation);
        let router = router(&rotated);
        assert_leads(&router, "/users/me", "/users/me");
        assert_leads(&router, "/users/you /users/m /users/me2", "/users/{id}");
        assert_leads(&router, "/users/me/too /users/you/too", "/users/{*rest}");
    }
}

#[test]
fn the_first_segment_decides_first() {
    let router = router(&["/{section}/new", "/users/{*rest}"]);
    assert_leads(&router, "/users/new", "/users/{*rest}");
    assert_leads(&router, "/posts/new", "/{section}/new");
}

#[test]
fn a_way_that_ends_is_left_again() {
    let router = router(&[
        "/users/me",
        "/users/{id}/posts",
        "/users/{id}/posts/{post}/edit",
        "/users/me/posts/new/draft",
        "/{*anything}",
    ]);
    assert_leads(&router, "/users/me/posts", "/users/{id}/posts");
    assert_leads(&router, "/users/me/posts/new/edit", "/users/{id}/posts/{post}/edit");
    assert_leads(&router, "/users/me/posts/new/draft", "/users/me/posts/new/draft");
    assert_leads(&router, "/users/me/posts/new/other /users/me/friends", "/{*anything}");
    assert_eq!(parameter(&router, "/users/me/posts", "id").as_deref(), Some("me"));
    assert_eq!(parameter(&router, "/users/me/posts/new/edit", "post").as_deref(), Some("new"));
}

#[test]
fn head_is_answered_by_get_unless_it_has_a_route() {
    let mut router = Router::new();
    router.add("GET", "/a", "get").unwrap();
    router.add("GET", "/b", "get").unwrap();
    router.add("HEAD", "/b", "head").unwrap();
    let value = |path| router.find("HEAD", path).map(|found| *found.value);
    assert_eq!(value("/a"), Ok("get"));
    assert_eq!(value("/b"), Ok("head"));
    for path in ["/a", "/b"] {
        let refusal = router.find("PUT", path).unwrap_err();
        assert_eq!(refusal, NoRoute::MethodNotAllowed { allow: "GET, HEAD" });
    }
}

#[test]
fn another_method_is_told_which_are_allowed() {
    let mut router = Router::new();
    for method in ["PUT", "GET", "DELETE"] {
        router.add(method, "/users/{id}", method).unwrap();
    }
    router.add("POST", "/users", "POST").unwrap();
    let refusal = |method, path| router.find(method, path).map(|found| *found.value).unwrap_err();
    let allow = "DELETE, GET, HEAD, PUT";
    for other in ["POST", "get", ""] {
        assert_eq!(refusal(other, "/users/7"), NoRoute::MethodNotAllowed { allow });
    }
    assert_eq!(refusal("HEAD", "/users"), NoRoute::MethodNotAllowed { allow: "POST" });
    assert_eq!(router.find("DELETE", "/users/7").map(|found| *found.value), Ok("DELETE"));
    assert_eq!(refusal("POST", "/user"), NoRoute::NotFound);
}

#[test]
fn the_path_decides_before_the_method() {
    let mut router = Router::new();
    router.add("GET", "/users/me", ()).unwrap();
    router.add("DELETE", "/users/{id}", ()).unwrap();
    let refusal = router.find("DELETE", "/users/me").unwrap_err();
    assert_eq!(refusal, NoRoute::MethodNotAllowed { allow: "GET, HEAD" });
}

#[test]
fn an_encoded_literal_is_the_same_literal() {
    let router = router(&["/users/{id}", "/café", "/a~b", "/100 percent", "/users/m"]);
    assert_leads(&router, "/%75sers/7 /%75%73%65%72%73/7", "/users/{id}");
    assert_leads(&router, "/caf%C3%A9 /caf%c3%a9 /café", "/café");
    assert_leads(&router, "/a%7eb", "/a~b");
    assert_leads(&router, "/100%20percent", "/100 percent");
    assert_leads(&router, "/users/%6D", "/users/m");
    assert_refused(&router, NoRoute::NotFound, "/%55sers/7 /%2575sers/7 /users%2F7");
}

#[test]
fn parameters_are_decoded_once() {
    let router = router(&["/users/{id}", "/static/{*path}"]);
    for (encoded, decoded) in [
        ("Ada%20Lovelace", "Ada Lovelace"),
        ("%E2%82%AC5", "€5"),
        ("%F0%9F%A6%80", "🦀"),
        ("a+b", "a+b"),
        ("100%25", "100%"),
        ("%2525", "%25"),
        ("%252e%252e", "%2e%2e"),
        ("a%2Fb", "a/b"),
        ("..%2F..%2Fetc", "../../etc"),
        ("'; DROP TABLE users;--", "'; DROP TABLE users;--"),
        ("%0A", "\n"),
    ] {
        let path = format!("/users/{encoded}");
        assert_eq!(parameter(&router, &path, "id").as_deref(), Some(decoded), "for `{path}`");
    }
    let path = "/static/caf%C3%A9/a%20b.txt";
    assert_eq!(parameter(&router, path, "path").as_deref(), Some("café/a b.txt"));
}

#[test]
fn what_is_not_encoded_is_borrowed() {
    let router = router(&["/users/{id}"]);
    let found = router.find("GET", "/users/café").unwrap();
    let parameter = found.parameter("id");
    assert!(matches!(parameter, Some(Cow::Borrowed("café"))), "and not {parameter:?}");
}

#[test]
fn dot_segments_are_malformed_everywhere() {
    let router = router(&["/", "/a", "/{b}", "/static/{*path}"]);
    let paths = "/. /.. /a/.. /../a /%2e /%2E%2e /.%2e/a /%2e./a /static/../secret \
        /static/a/%2e%2e/%2e%2e/secret /static/. /static/./a /nowhere/../a";
    assert_refused(&router, NoRoute::Malformed, paths);
    assert_leads(&router, "/... /.a /a. /%2e%2e%2e", "/{b}");
    assert_leads(&router, "/static/.well-known/..a", "/static/{*path}");
}

#[test]
fn bad_encodings_are_malformed() {
    let router = router(&["/{a}", "/static/{*path}"]);
    let paths = "/% /%2 /a% /%zz /%2g /%+1 /%%41 /%/41 /%C3 /%C3/%A9 /%C3a /%C3xA9 /%C3é /%A9 \
        /%C0%AF /%E0%80%AF /%ED%A0%80 /%F4%90%80%80 /%FF /%F0%9F%A6 /static/ok/% \
        /static/%80/ok /nowhere/%";
    assert_refused(&router, NoRoute::Malformed, paths);
}

#[test]
fn nul_is_malformed() {
    let router = router(&["/{a}", "/static/{*path}"]);
    let paths = "/%00 /a%00.txt /\0 /static/a%00/b /static/a\0";
    assert_refused(&router, NoRoute::Malformed, paths);
}

#[test]
fn a_backslash_is_malformed() {
    // Browsers take it for a slash.
    let router = router(&["/{a}", "/static/{*path}"]);
    let paths = r"/a\b /\ /%5C /static/a\..\b /static/%5c";
    assert_refused(&router, NoRoute::Malformed, paths);
}

#[test]
fn a_path_begins_with_a_slash() {
    let router = router(&["/", "/a", "/{*rest}"]);
    assert_refused(&router, NoRoute::Malformed, "a * http://a/a %2Fa");
    assert_eq!(pattern(&router, ""), Err("Malformed".into()));
}

#[test]
fn an_encoded_slash_is_malformed_in_a_rest() {
    let router = router(&["/static/{*path}", "/users/{id}", "/{section}/{page}"]);
    let paths = "/static/a%2Fb /static/a%2fb /static/a/b%2F /static/%2Fetc/passwd";
    assert_refused(&router, NoRoute::Malformed, paths);
    assert_leads(&router, "/users/a%2Fb", "/users/{id}");
    assert_leads(&router, "/posts/a%2fb", "/{section}/{page}");
    assert_leads(&router, "/static/a%252Fb", "/static/{*path}");
}

#[test]
fn a_rest_has_no_slash_in_front() {
    // Joining an absolute path to a directory leaves the directory.
    let router = router(&["/static/{*path}"]);
    assert_refused(&router, NoRoute::NotFound, "/static//etc/passwd /static//");
    assert_eq!(parameter(&router, "/static/a//b", "path").as_deref(), Some("a//b"));
}

#[test]
fn malformed_patterns_are_refused() {
    let patterns = "users /users//posts // /users/{id /users/id} /users/{} /users/{*} /users/{é} \
        /users/{a}{b} /users/x{a} /users/{a}.json /{*rest}/more /{*rest}/ /{id}/{id} /{id}/{*id} \
        /caf%C3%A9 /a?b /a#b /a/./b /..";
    for pattern in patterns.split(' ').chain(["", "/a\n"]) {
        let mut router = Router::new();
        match router.add("GET", pattern, ()) {
            Err(RouteError::Malformed { pattern: named, .. }) => assert_eq!(named, pattern),
            other => panic!("`{pattern}`: {other:?}"),
        }
    }
}

#[test]
fn a_method_is_a_token() {
    let mut router = Router::new();
    for method in ["", "GET ", "GET\r\nX: y", "GÉT", "A,B"] {
        assert_eq!(router.add(method, "/", ()), Err(RouteError::Method(method)));
    }
    assert_eq!(router.add("M-SEARCH", "/", ()), Ok(()));
}

#[test]
fn parameters_are_bounded() {
    let pattern = |count| -> &'static str {
        let pattern: String = (0..count).map(|number| format!("/{{p{number}}}")).collect();
        pattern.leak()
    };
    let mut router = Router::new();
    let most = pattern(PARAMETERS_MAX);
    assert_eq!(router.add("GET", most, ()), Ok(()));
    let found = router.find("GET", "/0/1/2/3/4/5/6/7").unwrap();
    assert_eq!(found.parameter("p7").as_deref(), Some("7"));
    let more = pattern(PARAMETERS_MAX + 1);
    assert_eq!(router.add("GET", more, ()), Err(RouteError::Parameters(more)));
}

#[test]
fn a_route_is_added_once() {
    let mut router = router(&["/users/{id}", "/static/{*path}"]);
    let duplicate = RouteError::Duplicate { method: "GET", pattern: "/users/{id}" };
    assert_eq!(router.add("GET", "/users/{id}", ()), Err(duplicate));
    let duplicate = RouteError::Duplicate { method: "GET", pattern: "/static/{*path}" };
    assert_eq!(router.add("GET", "/static/{*path}", ()), Err(duplicate));
    assert_eq!(router.add("PUT", "/users/{id}", ()), Ok(()));
}

#[test]
fn one_place_has_one_name() {
    let mut router = router(&["/users/{id}", "/static/{*path}"]);
    let pattern = "/users/{name}/posts";
    let conflict = RouteError::Conflict { pattern, other: "id" };
    assert_eq!(router.add("GET", pattern, ()), Err(conflict));
    let pattern = "/static/{*file}";
    let conflict = RouteError::Conflict { pattern, other: "path" };
    assert_eq!(router.add("PUT", pattern, ()), Err(conflict));
    assert_eq!(router.add("GET", "/static/{name}", ()), Ok(()), "another kind is another place");
    assert_eq!(router.add("GET", "/posts/{name}", ()), Ok(()), "and so is another parent");
}

#[test]
fn a_refused_route_changes_nothing() {
    let mut router = router(&["/users/{id}"]);
    router.add("PUT", "/users/{name}", ()).unwrap_err();
    router.add("PUT", "/users/{id}/{id}", ()).unwrap_err();
    router.add("P T", "/new", ()).unwrap_err();
    router.add("GET", "/users/{id}", ()).unwrap_err();
    let refusal = router.find("PUT", "/users/7").unwrap_err();
    assert_eq!(refusal, NoRoute::MethodNotAllowed { allow: "GET, HEAD" });
    assert_refused(&router, NoRoute::NotFound, "/new /users/7/8");
    assert_eq!(router.add("PUT", "/users/{id}/{other}", ()), Ok(()));
}

#[test]
fn errors_say_what_to_change() {
    let mut router = router(&["/users/{id}"]);
    let message = |error: RouteError| error.to_string();
    assert_eq!(
        router.add("GET", "/users/{id}.json", ()).map_err(message).unwrap_err(),
        "pattern `/users/{id}.json` is malformed (a parameter is a whole segment)"
    );
    assert_eq!(
        router.add("GET", "/users/{name}", ()).map_err(message).unwrap_err(),
        "another pattern has `id` in the place of a parameter of `/users/{name}` (use one name)"
    );
}

#[test]
fn a_lookup_allocates_nothing() {
    let router = router(&["/users/{id}/posts/{post}", "/users/me", "/café", "/static/{*path}"]);
    let paths = "/users/7/posts/8 /%75sers/me/posts/8 /caf%C3%A9 /static/a/b/c%20d /nowhere \
        /static/.. /static/%C3%28";
    for path in paths.split(' ') {
        let (_, counts) = counted(|| router.find("GET", path).map(|found| found.pattern));
        assert_eq!(counts.allocations, 0, "allocations to find `{path}`");
    }
    let (_, counts) = counted(|| router.find("PUT", "/users/me").map(|found| found.pattern));
    assert_eq!(counts.allocations, 0, "allocations to say which methods are allowed");
    let found = router.find("GET", "/users/7/posts/8").unwrap();
    let (_, counts) = counted(|| found.parameter("post"));
    assert_eq!(counts.allocations, 0, "allocations for a parameter that needs no decoding");
    let found = router.find("GET", "/users/7/posts/a%20longer%20title").unwrap();
    let (_, counts) = counted(|| found.parameter("post"));
    assert_eq!(counts.allocations, 1, "allocations for a parameter that is decoded");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2),
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_routes_lead_where_a_model_says(
        chosen in prop::collection::btree_set(model::pattern(), 1..25),
        paths in prop::collection::vec(model::path(), 20),
    ) {
        let router = router(&chosen.iter().copied().collect::<Vec<_>>());
        for path in paths {
            let found = router.find("GET", &path).map(|found| found.pattern);
            prop_assert_eq!(found, model::expected(&chosen, &path), "for `{}` among {:?}", path, chosen);
        }
    }
}
