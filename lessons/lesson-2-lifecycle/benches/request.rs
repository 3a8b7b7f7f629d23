//! What it shows: the time to read a head as a browser sends it, twelve fields in 600 bytes, and to look for two of them.
//!
//! What it does not show: heads that come in pieces, and bodies. `httparse` checks less of what fields mean (the tests say
//! what), and its caller brings the room for them.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use solution::naive;

/// As a browser sends it.
const HEAD: &[u8] = b"GET /users/17?page=2 HTTP/1.1\r\n\
    Host: api.example.org:8080\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\
    Accept: application/json,text/html;q=0.9,*/*;q=0.8\r\n\
    Accept-Language: en-GB,en;q=0.5\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Referer: https://www.example.org/dashboard/users\r\n\
    Origin: https://www.example.org\r\n\
    Connection: keep-alive\r\n\
    Cookie: session=Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZg; theme=dark; seen=1795706530\r\n\
    Sec-Fetch-Dest: empty\r\n\
    Sec-Fetch-Mode: cors\r\n\
    Sec-Fetch-Site: same-site\r\n\
    \r\n";

fn request(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    group.bench_function("naive", |bencher| {
        bencher.iter(|| {
            let head = naive::request::parse(black_box(HEAD)).expect("it is whole");
            assert_eq!((&*head.target, head.length), ("/users/17?page=2", HEAD.len()));
            assert!(head.fields.contains_key("accept") && head.fields.contains_key("cookie"));
        });
    });
    group.bench_function("yours", |bencher| {
        let mut parser = lifecycle::request::Parser::new(lifecycle::request::Limits::default());
        bencher.iter(|| {
            let head = parser.parse(black_box(HEAD)).expect("it is sound").expect("it is whole");
            assert_eq!((head.target(), head.length), ("/users/17?page=2", HEAD.len()));
            assert!(head.get("accept").is_some() && head.get("cookie").is_some());
        });
    });
    group.bench_function("reference", |bencher| {
        let mut parser = solution::request::Parser::new(solution::request::Limits::default());
        bencher.iter(|| {
            let head = parser.parse(black_box(HEAD)).expect("it is sound").expect("it is whole");
            assert_eq!((head.target(), head.length), ("/users/17?page=2", HEAD.len()));
            assert!(head.get("accept").is_some() && head.get("cookie").is_some());
        });
    });
    group.bench_function("httparse", |bencher| {
        bencher.iter(|| {
            let mut fields = [httparse::EMPTY_HEADER; 100];
            let mut request = httparse::Request::new(&mut fields);
            let status = request.parse(black_box(HEAD)).expect("it is sound");
            assert_eq!(
                (request.path, status),
                (Some("/users/17?page=2"), httparse::Status::Complete(HEAD.len()))
            );
            let has = |name: &str| {
                request.headers.iter().any(|field| field.name.eq_ignore_ascii_case(name))
            };
            assert!(has("accept") && has("cookie"));
        });
    });
    group.finish();
}

criterion_group!(benches, request);
criterion_main!(benches);
