//! Goal: the number is right. Method: there is only one. It does not prove why.

use tiny::guess::number;

#[test]
fn the_number_is_right() {
    assert_eq!(number(), 42);
}
