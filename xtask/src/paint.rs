//! The few styles of the terminal. `anstream` takes them out where they would not be shown.

use anstyle::{AnsiColor, Color};

pub use anstyle::Style;

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(colour)))
}

/// What is as it should be.
pub const GOOD: Style = colour(AnsiColor::Green);
/// What is to be fixed.
pub const BAD: Style = colour(AnsiColor::Red);
/// What cannot be said, or is not the reader's doing.
pub const UNSURE: Style = colour(AnsiColor::Yellow);
/// What can be typed.
pub const COMMAND: Style = colour(AnsiColor::Cyan);
/// What matters less.
pub const FAINT: Style = Style::new().dimmed();
/// A heading.
pub const STRONG: Style = Style::new().bold();

/// Text in a style.
#[must_use]
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
