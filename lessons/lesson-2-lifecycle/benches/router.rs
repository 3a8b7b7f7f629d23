//! What it shows: the time to find a hundred requests among 500 routes, and to read a parameter of those that have one.
//!
//! What it does not show: routes that share few beginnings, and malformed paths, which are refused before any is tried.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use solution::naive;

/// A hundred resources, each with a collection and a member.
const OWNERS: [&str; 10] = [
    "accounts",
    "agents",
    "brands",
    "carriers",
    "customers",
    "partners",
    "shops",
    "suppliers",
    "teams",
    "users",
];
const THINGS: [&str; 10] = [
    "addresses",
    "budgets",
    "contacts",
    "invoices",
    "labels",
    "messages",
    "orders",
    "payments",
    "reports",
    "tickets",
];

/// A request, the route that it should find (none for 404 and 405), and whether it has a parameter.
struct Lookup {
    method: &'static str,
    path: String,
    route: Option<usize>,
    has_parameter: bool,
}

/// What is routed: 500 methods and patterns.
fn routes() -> Vec<(&'static str, &'static str)> {
    let mut routes = Vec::new();
    for (owner, thing) in pairs() {
        let collection: &str = format!("/api/v1/{owner}/{{owner}}/{thing}").leak();
        let member: &str = format!("/api/v1/{owner}/{{owner}}/{thing}/{{id}}").leak();
        routes.extend([("GET", collection), ("POST", collection)]);
        routes.extend([("GET", member), ("PUT", member), ("DELETE", member)]);
    }
    routes
}

fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    OWNERS.into_iter().flat_map(|owner| THINGS.map(|thing| (owner, thing)))
}

/// One request for each resource: three in five to a member, one in ten lost.
fn lookups() -> Vec<Lookup> {
    let lookup = |(number, (owner, thing)): (usize, (&str, &str))| {
        let collection = format!("/api/v1/{owner}/{number}/{thing}");
        let (method, path, route) = match number % 10 {
            0..6 => ("GET", format!("{collection}/{}", number * 37), Some(2)),
            6 | 7 => ("GET", collection, Some(0)),
            8 => ("DELETE", format!("{collection}/7"), Some(4)),
            _ if number % 20 == 9 => ("PATCH", collection, None),
            _ => ("GET", format!("{collection}s"), None),
        };
        let route = route.map(|offset| number * 5 + offset);
        Lookup { method, path, route, has_parameter: route.is_some_and(|route| route % 5 >= 2) }
    };
    pairs().enumerate().map(lookup).collect()
}

/// Times `find`, which returns the number of the route and the length of the parameter `id`.
fn time(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    lookups: &[Lookup],
    find: impl Fn(&str, &str) -> Option<(usize, usize)>,
) {
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for lookup in black_box(lookups) {
                let found = find(lookup.method, &lookup.path);
                assert_eq!(found.map(|(route, _)| route), lookup.route);
                assert_eq!(found.is_some_and(|(_, length)| length > 0), lookup.has_parameter);
            }
        });
    });
}

fn router(criterion: &mut Criterion) {
    let (routes, lookups) = (routes(), lookups());
    assert_eq!((routes.len(), lookups.len()), (500, 100));
    let mut naive = naive::router::Router::default();
    let mut yours = lifecycle::router::Router::new();
    let mut reference = solution::router::Router::new();
    for (number, (method, pattern)) in routes.into_iter().enumerate() {
        naive.add(method, pattern, number);
        yours.add(method, pattern, number).expect("a sound route");
        reference.add(method, pattern, number).expect("a sound route");
    }
    let mut group = criterion.benchmark_group("router");
    time(&mut group, "naive", &lookups, |method, path| {
        let (route, parameters) = naive.find(method, path)?;
        Some((*route, parameters.get("id").map_or(0, String::len)))
    });
    time(&mut group, "yours", &lookups, |method, path| {
        let found = yours.find(method, path).ok()?;
        Some((*found.value, found.parameter("id").map_or(0, |id| id.len())))
    });
    time(&mut group, "reference", &lookups, |method, path| {
        let found = reference.find(method, path).ok()?;
        Some((*found.value, found.parameter("id").map_or(0, |id| id.len())))
    });
    group.finish();
}

criterion_group!(benches, router);
criterion_main!(benches);
