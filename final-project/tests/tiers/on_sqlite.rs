//! Users in a file.

use crate::house::databases::Sqlite as Database;

#[path = "coherence.rs"]
mod coherence;
