//! Jobs in a file.

use crate::house::databases::Sqlite as Database;

#[path = "lasting.rs"]
mod lasting;
