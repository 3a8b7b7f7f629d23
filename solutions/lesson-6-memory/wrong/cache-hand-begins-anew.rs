//! The hand begins with the oldest each time.
//!
//! Rejected by: `model::it_throws_out_what_sieve_throws_out`, `popular_keys_are_hit_more_often_than_by_lru`,
//! `the_hand_goes_on_where_it_stopped`
//!
//! What has survived once is met again at once, without its mark, and goes, though it was popular a moment ago. The
//! hand goes on from where it stopped: that is what gives everybody a whole round.
// ANCHOR: unwanted
let mut hand = self.oldest();
loop {
    let slot = hand;
    let node = self.node(slot);
    if !mem::take(&mut node.visited) {
        return slot;
    }
    hand = node.newer;
    if hand == END {
        hand = self.oldest();
    }
}
// ANCHOR_END: unwanted
