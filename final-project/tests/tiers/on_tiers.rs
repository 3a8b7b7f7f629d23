//! Users in PostgreSQL, with Redis in front.

use crate::house::databases::Tiers as Database;

#[path = "coherence.rs"]
mod coherence;
