//! Users in a file.

use crate::house::databases::Sqlite as Database;

#[path = "users.rs"]
mod users;
