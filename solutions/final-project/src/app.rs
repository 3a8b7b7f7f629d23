//! What a worker answers with: everything that its handlers share.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use solution_2_lifecycle::router::{NoRoute, Router};
use solution_3_threads::pool::Pool;
use solution_4_processes::shared::Region;
use solution_4_processes::supervisor::Life;
use tokio::time::timeout;

use crate::api::{self, Handler};
use crate::board::{Board, Numbers};
use crate::files::Files;
use crate::log::Log;
use crate::message::{Reply, Request, Response};
use crate::problem::{problem, unavailable};
use crate::settings::{Profile, Settings};
use crate::users::Users;

/// Of one worker, in its event loop's thread.
pub struct App {
    /// What is set.
    pub settings: Settings,
    /// Which worker this is, and which of its lives.
    pub identity: Identity,
    /// Shared memory.
    pub board: Arc<Region<Board>>,
    /// The users.
    pub users: Users,
    /// The files below `/static/`, if any are served.
    pub files: Option<Rc<Files>>,
    /// Threads that compute.
    pub compute: Rc<Pool>,
    /// Whether the worker is about to go.
    pub leaving: Cell<bool>,
    /// Where it writes what happens.
    pub log: Log,
    /// Which handler answers what.
    pub routes: Router<Handler>,
}

/// Who a worker is.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// Its index, and that of its listener.
    pub worker: usize,
    /// Its life.
    pub life: Life,
    /// The life's place on the board.
    pub place: usize,
}

impl App {
    /// Answers a request.
    pub fn handle(self: &Rc<Self>, request: &Request<'_>) -> Reply {
        let begin = (self.settings.profile == Profile::Production).then(Instant::now);
        match self.dispatch(request) {
            Reply::Now(response) => {
                self.answered(&response, begin);
                Reply::Now(response)
            }
            Reply::Later(response) => {
                let app = Rc::clone(self);
                Reply::later(async move {
                    let limit = app.settings.request_timeout.get();
                    let late = |_| unavailable("the answer took too long");
                    let response = timeout(limit, response).await.unwrap_or_else(late);
                    app.answered(&response, begin);
                    response
                })
            }
        }
    }

    fn dispatch(self: &Rc<Self>, request: &Request<'_>) -> Reply {
        match self.routes.find(request.method, request.path) {
            Ok(found) => (found.value.0)(self, request, &found),
            Err(NoRoute::NotFound) => Reply::Now(problem(404, "nothing is here")),
            Err(NoRoute::Malformed) => Reply::Now(problem(400, "this is no path")),
            Err(NoRoute::MethodNotAllowed { allow }) => Reply::Now(
                problem(405, "this can be asked for otherwise").with("allow", allow.to_owned()),
            ),
        }
    }

    fn answered(&self, response: &Response, begin: Option<Instant>) {
        self.numbers().answered(response.status, begin.map(|begin| begin.elapsed()));
    }

    /// Where this life counts.
    #[must_use]
    pub fn numbers(&self) -> &Numbers {
        self.board.lives.place(self.identity.place)
    }

    /// The table of all routes.
    ///
    /// # Panics
    ///
    /// The table is wrong, which a test knows first.
    #[must_use]
    pub fn routes() -> Router<Handler> {
        let mut routes = Router::new();
        for (method, pattern, handler) in api::ROUTES {
            routes.add(method, pattern, *handler).expect("the table of routes is right");
        }
        routes
    }
}
