//! The field `Range` (RFC 9110, section 14.2), for one range of bytes.

use std::ops::Range;

use super::OWS;

/// What a `Range` field asks of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// These bytes; never none.
    Part(Range<u64>),
    /// Bytes that the file does not have.
    Unsatisfiable,
    /// Nothing that is answered with a part: another unit, several ranges, or no range at all.
    Ignored,
}

/// Reads the field for a file of `length` bytes.
///
/// Several ranges are ignored, as section 14.2 allows: a client that asks for a file in many small pieces, one over
/// the other, makes the answer larger than the file (section 17.15).
pub(super) fn asked(field: &str, length: u64) -> Asked {
    parse(field, length).unwrap_or(Asked::Ignored)
}

fn parse(field: &str, length: u64) -> Option<Asked> {
    let (unit, ranges) = field.trim_matches(OWS).split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    // Empty elements of a list are to be skipped (section 5.6.1.2).
    let ranges = ranges.split(',').map(|range| range.trim_matches(OWS));
    let mut ranges = ranges.filter(|range| !range.is_empty());
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return None };
    let (first, last) = range.split_once('-')?;
    if first.is_empty() {
        from_the_end(number(last)?, length)
    } else {
        from_first(first, last, length)
    }
}

/// `-500`: the last 500 bytes, or all if there are fewer.
fn from_the_end(bytes: u64, length: u64) -> Option<Asked> {
    // of an empty file there are no last bytes: `None`, and it is sent whole
    todo!("a part, or that there is no such part")
}

/// `500-999`, both included, or `500-` to the end.
fn from_first(first: &str, last: &str, length: u64) -> Option<Asked> {
    // an empty `last` is "to the end"; both ends are included, and the last one may lie behind the end of the file
    todo!("a part, or that there is no such part; `None` for what is no range")
}

/// Digits and nothing else (`parse` would take a sign); more than fit are as good as the largest number.
fn number(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}
