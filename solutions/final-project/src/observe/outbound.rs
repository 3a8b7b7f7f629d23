//! How something is told to who looks after the server: on the side, over one connection.

use std::time::Duration;

use solution_5_async_io::http_client::{Client, Options, Retries, System};

/// How long an address may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// A client for that. It needs a [`LocalSet`](tokio::task::LocalSet) around it.
pub(super) fn client() -> Client {
    let options = Options {
        connections_max: 1,
        connections_per_authority_max: 1,
        connect_max: ANSWER_MAX,
        answer_max: ANSWER_MAX,
        retries: Retries { attempts_max: 2, ..Retries::default() },
        ..Options::default()
    };
    Client::new(options, System).expect("the options go together")
}
