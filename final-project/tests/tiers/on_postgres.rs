//! Users in PostgreSQL.

use crate::house::services::Postgres as Database;

#[path = "coherence.rs"]
mod coherence;
