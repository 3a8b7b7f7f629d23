//! A list of what ended when: the arithmetic is left for later, and so is the bill.

use std::time::{Duration, Instant};

/// The stages of one request, by name.
#[derive(Debug, Clone)]
pub struct Timeline {
    marks: Vec<(String, Instant)>,
}

impl Timeline {
    /// Begins at `now`.
    #[inline]
    #[must_use]
    pub fn start(now: Instant) -> Self {
        Self { marks: vec![("start".to_string(), now)] }
    }

    /// Ends the stage of this name.
    #[inline]
    pub fn finish(&mut self, stage: &str, now: Instant) {
        self.marks.push((stage.to_string(), now));
    }

    /// What the stage of this name took.
    #[must_use]
    pub fn spent(&self, stage: &str) -> Duration {
        let pairs = self.marks.iter().zip(&self.marks[1..]);
        pairs.filter(|(_, end)| end.0 == stage).map(|(begin, end)| end.1 - begin.1).sum()
    }

    /// From the start to the last mark.
    #[inline]
    #[must_use]
    pub fn total(&self) -> Duration {
        self.marks[self.marks.len() - 1].1 - self.marks[0].1
    }
}
