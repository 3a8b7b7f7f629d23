//! Goal: `count` counts. Method: a short text. It does not prove that it is quick.

use tiny::count::count;

#[test]
fn bytes_are_counted() {
    assert_eq!(count(b"a tiny lesson", b'n'), 2);
}
