//! A database as a server sees it: it answers a few questions at a time, needs some milliseconds for each, and is down now and
//! then. Its users are in this process.

use std::rc::Rc;
use std::time::Duration;

use solution_2_lifecycle::connection::api::{Api, Asked};
use solution_2_lifecycle::response::Response;
use solution_2_lifecycle::router::RouteError;
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// How many questions it answers at once, and how long each takes.
const AT_ONCE: usize = 4;
const TAKES: Duration = Duration::from_millis(2);
/// How long one waits for it when it is down.
const PATIENCE: Duration = Duration::from_millis(100);

pub(crate) struct Database {
    api: Api,
    busy: Semaphore,
}

/// It did not answer in time.
pub(crate) struct Down;

impl Database {
    pub(crate) fn new() -> Result<Self, RouteError> {
        Ok(Self { api: Api::new()?, busy: Semaphore::new(AT_ONCE) })
    }

    /// The API that writes to it.
    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    /// A user, in one of the formats that are accepted.
    pub(crate) async fn user(&self, asked: &Question, is_down: bool) -> Result<Rc<Response>, Down> {
        if is_down {
            sleep(PATIENCE).await;
            return Err(Down);
        }
        let _turn = self.busy.acquire().await.expect("it is never closed");
        sleep(TAKES).await;
        let mut response = Response::new();
        self.api.handle(asked, &mut response);
        Ok(Rc::new(response))
    }
}

/// What is asked: a path, and lines of `accept`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question(pub(crate) Box<str>);

impl Asked for Question {
    fn method(&self) -> &str {
        "GET"
    }

    fn target(&self) -> &str {
        self.0.lines().next().unwrap_or_default()
    }

    fn accept(&self, number: usize) -> Option<&str> {
        self.0.lines().nth(number + 1)
    }

    fn body(&self) -> &[u8] {
        &[]
    }
}
