//! Static files.

use std::fs;
use std::ops::Range;
use std::os::unix::fs::symlink;

use crate::house::{Server, until};

/// Longer than what is brought into memory at a time.
const LARGE: usize = 20_000_003;

fn large(part: Range<usize>) -> Vec<u8> {
    part.map(|at| (at % 251) as u8).collect()
}

fn with_files() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    fs::create_dir_all(files.join("sub")).unwrap();
    fs::write(files.join("page.html"), "<h1>Hello</h1>").unwrap();
    fs::write(files.join("empty.txt"), "").unwrap();
    fs::write(files.join("sub/large.bin"), large(0..LARGE)).unwrap();
    fs::write(folder.path().join("secret"), "secret").unwrap();
    symlink("../secret", files.join("link")).unwrap();
    Server::start_in(folder, &[])
}

#[test]
fn files_are_served_whole_in_part_and_not_again() {
    let server = with_files();
    let mut client = server.client();
    let page = client.get("/static/page.html");
    assert_eq!(
        (page.text(), page.header("content-type")),
        ("<h1>Hello</h1>", Some("text/html; charset=utf-8"))
    );
    assert!(client.get("/static/empty.txt").body.is_empty());
    for _ in 0..2 {
        assert!(client.get("/static/sub/large.bin").body == large(0..LARGE));
    }
    for part in [300..310, 8_000_000..17_000_000, 8_388_607..8_388_609, LARGE - 1..LARGE] {
        let range = format!("range: bytes={}-{}", part.start, part.end - 1);
        let answer = client.ask("GET", "/static/sub/large.bin", &[&range], b"");
        let content_range = format!("bytes {}-{}/{LARGE}", part.start, part.end - 1);
        assert_eq!(answer.header("content-range"), Some(&*content_range));
        assert!(answer.status == 206 && answer.body == large(part), "{range}");
    }
    let last = client.ask("GET", "/static/sub/large.bin", &["range: bytes=-1"], b"");
    assert_eq!((last.status, last.body.len()), (206, 1));
    let none = client.ask("GET", "/static/sub/large.bin", &["range: bytes=20000003-"], b"");
    assert_eq!((none.status, none.header("content-range")), (416, Some("bytes */20000003")));
    let tag = format!("if-none-match: {}", page.header("etag").expect("a tag"));
    let same = client.ask("GET", "/static/page.html", &[&tag], b"");
    assert_eq!((same.status, same.body.len()), (304, 0));
    let head = client.ask("HEAD", "/static/sub/large.bin", &[], b"");
    assert_eq!((head.header("content-length"), head.body.len()), (Some("20000003"), 0));
    assert_eq!(client.get("/plaintext").status, 200, "the connection is in step");
}

#[test]
fn files_outside_are_not_served() {
    let server = with_files();
    let mut client = server.client();
    for (path, status) in [
        ("/static/link", 403),
        ("/static/../secret", 400),
        ("/static/%2e%2e/secret", 400),
        ("/static/sub%2flarge.bin", 400),
        ("/static//etc/passwd", 404),
        ("/static/sub", 404),
        ("/static/page.html%00", 400),
    ] {
        let answer = client.get(path);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
}

#[test]
fn a_file_that_is_replaced_appears_within_a_moment() {
    let server = with_files();
    let mut client = server.client();
    assert_eq!(client.get("/static/page.html").text(), "<h1>Hello</h1>");
    let files = server.folder().join("files");
    fs::write(files.join("new"), "<h1>Bye</h1>").unwrap();
    fs::rename(files.join("new"), files.join("page.html")).unwrap();
    until("the new file is served", || client.get("/static/page.html").text() == "<h1>Bye</h1>");
}
