//! One line at the bottom of the terminal that says what is going on. Where there is no terminal, nothing.

use std::io::{IsTerminal, Write};

use crate::terminal::columns;

/// The status line. Dropping it erases it.
#[derive(Debug)]
pub struct Status {
    shown: bool,
}

impl Status {
    /// A status line, if `wanted` and the standard error is a terminal that can erase it.
    #[must_use]
    pub fn new(wanted: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Self { shown: wanted && !dumb && std::io::stderr().is_terminal() }
    }

    /// Replaces the line.
    pub fn show(&self, text: &str) {
        if self.shown {
            // Cut, so that it stays one line; a failure to draw is no failure.
            let text: String = text.chars().take(columns() - 1).collect();
            let _ = write!(std::io::stderr(), "\r\x1b[2K{text}");
        }
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        self.show("");
    }
}
