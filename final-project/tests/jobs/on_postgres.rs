//! Jobs in PostgreSQL.

use crate::house::services::Postgres as Database;
use crate::{end, options, primes, submit};

#[path = "lasting.rs"]
mod lasting;

#[test]
fn servers_that_share_a_database_share_the_jobs() {
    let Some(database) = Database::start() else { return };
    let asks = database.server(&["--job-processes", "0"]);
    let runs = database.server(&options(&[]));
    let place = submit(&asks, &primes(1000));
    assert_eq!(end(&asks, &place)["result"]["count"], 168);
    assert_eq!(runs.get(&place).json(), asks.get(&place).json());
}

#[test]
fn a_database_that_is_away_is_told_and_what_was_accepted_is_run_when_it_is_back() {
    let Some(mut database) = Database::start() else { return };
    let server =
        database.server(&options(&["--database-timeout", "1s", "--breaker-open", "500ms"]));
    let before = submit(&server, &primes(100_000_000));
    database.service().kill();
    let refused = crate::try_submit(&server, &primes(1000));
    assert_eq!(refused.status, 503);
    assert!(refused.header("retry-after").is_some());
    database.service().restart();
    crate::until("the database is asked again", || server.get(&before).status == 200);
    assert_eq!(end(&server, &before)["result"]["count"], 5_761_455);
}
