//! The tiny lesson: a switch for each exercise.

#[cfg(not(feature = "ref-add"))]
pub mod add;
#[cfg(feature = "ref-add")]
pub use solution::add;

#[cfg(not(feature = "ref-count"))]
pub mod count;
#[cfg(feature = "ref-count")]
pub use solution::count;

#[cfg(not(feature = "ref-guess"))]
pub mod guess;
#[cfg(feature = "ref-guess")]
pub use solution::guess;
