//! Users in PostgreSQL.

use crate::house::services::Postgres as Database;

#[path = "users.rs"]
mod users;
