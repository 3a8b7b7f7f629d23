//! Users in PostgreSQL, with Redis in front.

use crate::house::databases::Tiers as Database;

#[path = "users.rs"]
mod users;
