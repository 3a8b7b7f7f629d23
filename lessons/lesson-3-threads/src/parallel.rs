#![allow(unused)] // delete when done
//! One computation on all processors: a text of measurements, and what they say of each station.
//!
//! The text is cut into pieces at line ends, each piece is summed up by itself, and the sums are put together. However it is
//! cut, the result is the same: counts, sums, least and greatest of *whole numbers* do not depend on who comes first. (The
//! sum of floating-point numbers does.)

use std::collections::BTreeMap;

use rayon::prelude::*;

/// What is known of a station, in tenths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// How many measurements there are.
    pub count: u64,
    /// All of them together.
    pub sum: i64,
    /// The least.
    pub min: i64,
    /// The greatest.
    pub max: i64,
}

/// Stations by name.
pub type Stations<'t> = BTreeMap<&'t str, Summary>;

/// Sums up a text, a line `name;tenths` for each measurement, in `pieces` pieces on rayon's threads. Lines that are none are
/// left out.
#[must_use]
pub fn summarize(text: &str, pieces: usize) -> Stations<'_> {
    summarize_with(text, pieces, summarize_piece)
}

/// The same, with another way to sum up a piece.
#[must_use]
#[inline]
pub fn summarize_with<'t>(
    text: &'t str,
    pieces: usize,
    sum_up: impl Fn(&'t str) -> Stations<'t> + Sync + Send,
) -> Stations<'t> {
    todo!("cut the text, sum up each piece on some thread of rayon's, and merge the sums")
}

/// Cuts a text into at most so many pieces of about the same length, each of them whole lines, and none of them empty: an
/// empty text has none. `pieces` is at least 1.
#[must_use]
pub fn cut(text: &str, pieces: usize) -> Vec<&str> {
    let mut cut = Vec::new();
    let mut rest = text;
    // `memchr::memchr(b'\n', bytes)` finds the line's end
    todo!("cut off piece after piece: a share of what is left, and the rest of that line");
    cut
}

/// Sums up one piece.
#[must_use]
#[inline]
pub fn summarize_piece(text: &str) -> Stations<'_> {
    let mut stations = Stations::new();
    for (name, tenths) in text.lines().filter_map(measurement) {
        let one = Summary { count: 1, sum: tenths, min: tenths, max: tenths };
        stations.entry(name).and_modify(|summary| *summary = summary.and(one)).or_insert(one);
    }
    stations
}

fn measurement(line: &str) -> Option<(&str, i64)> {
    let (name, tenths) = line.split_once(';')?;
    // Nowhere is it so hot that a sum of these could overflow.
    Some((name, tenths.parse::<i16>().ok()?.into()))
}

/// What two pieces say together.
fn merge<'t>(one: Stations<'t>, other: Stations<'t>) -> Stations<'t> {
    todo!("put the smaller one into the larger one, station by station")
}

impl Summary {
    /// Both together.
    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }
}
