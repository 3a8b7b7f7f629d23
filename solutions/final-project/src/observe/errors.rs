//! What goes wrong: panics, and answers that begin with a 5, in groups.
//!
//! What is the same but for its numbers is the same error: ids, times and sizes differ each time.

use std::panic;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use solution_4_processes::shared::Region;
use xxhash_rust::xxh3::xxh3_64;

use crate::board::Board;

/// How long nobody is told of the same error again.
const QUIET_MILLISECONDS: u64 = 60_000;

/// Notes an error: where, which counts as it is, and what. Returns its text when somebody is to be told.
pub fn note(board: &Board, place: &str, what: &str) -> Option<String> {
    let text = format!("{place}: {}", without_numbers(what));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let now = u64::try_from(now).unwrap_or(u64::MAX);
    // Zero is nobody's.
    let fingerprint = xxh3_64(text.as_bytes()) | 1;
    board.errors.note(fingerprint, &text, now, QUIET_MILLISECONDS).then_some(text)
}

/// `user 17 of 4` and `user 9 of 12` are `user # of #`.
fn without_numbers(what: &str) -> String {
    let mut parts = what.split(|letter: char| letter.is_ascii_digit());
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if !text.ends_with('#') {
            text.push('#');
        }
        text.push_str(part);
    }
    text
}

/// From now on panics of this process are noted and counted, on all its threads; `tell` is called with what somebody is to be
/// told. They are written to standard error as before, too.
pub fn note_panics(board: Arc<Region<Board>>, tell: impl Fn(String) + Send + Sync + 'static) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        board.panics.add(1);
        let place = info.location().map_or_else(String::new, |place| format!(" in {place}"));
        let message = info.payload_as_str().unwrap_or("no message");
        note(&board, &format!("panic{place}"), message).into_iter().for_each(&tell);
        before(info);
    }));
}
