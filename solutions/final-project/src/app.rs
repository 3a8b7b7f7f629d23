//! What a worker answers with: everything that its handlers share.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use hyper::HeaderMap;
use hyper::header::HeaderName;
use solution_2_lifecycle::router::{NoRoute, Router};
use solution_3_threads::pool::Pool;
use solution_4_processes::shared::Region;
use solution_4_processes::supervisor::Life;
use solution_6_memory::budget::Admission;
use solution_7_sync::breaker::State;
use tokio::time::timeout;

use crate::api::{self, Handler};
use crate::board::Board;
use crate::board::numbers::{NO_ROUTE, Numbers, route};
use crate::board::sign::DEPENDENCIES;
use crate::events::{Access, Event, Events, Standing};
use crate::files::Files;
use crate::guard::limits::Limits;
use crate::guard::memory::{self, Memory};
use crate::log::Log;
use crate::message::{Reply, Request, Response};
use crate::observe::access::{AccessLog, Head, Tail};
use crate::observe::context::TraceContext;
use crate::observe::errors;
use crate::observe::metrics::Metrics;
use crate::observe::recent::Past;
use crate::observe::trace::{Recording, Tracer, Work};
use crate::observe::webhook::Webhook;
use crate::problem::{problem, unavailable};
use crate::settings::{Profile, Settings};
use crate::users::Users;

/// By which callers say of which trace a request is.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Of one worker, in its event loop's thread.
pub struct App {
    /// What is set.
    pub settings: Settings,
    /// Which worker this is, and which of its lives.
    pub identity: Identity,
    /// Shared memory.
    pub board: Arc<Region<Board>>,
    /// How often a client may ask, if that is limited.
    pub limits: Option<Rc<Limits>>,
    /// What bodies and waiting requests may take in memory.
    pub memory: Memory,
    /// Whether answers say what browsers must not do.
    pub tells_browsers: bool,
    /// The users.
    pub users: Rc<Users>,
    /// Who asked for them, if that is told.
    pub events: Option<Events>,
    /// The files below `/static/`, if any are served.
    pub files: Option<Rc<Files>>,
    /// Threads that compute.
    pub compute: Rc<Pool>,
    /// How many pages are open that show how the server is.
    pub pages: Rc<Cell<usize>>,
    /// What has happened in the last minutes, for those.
    pub past: Rc<Past>,
    /// Whether the worker is about to go.
    pub leaving: Cell<bool>,
    /// Where it writes what happens.
    pub log: Arc<Log>,
    /// Where it writes each request, if anywhere.
    pub access_log: Option<Rc<AccessLog>>,
    /// Who is told of errors, if anybody is.
    pub webhook: Option<Webhook>,
    /// Decides which requests are recorded.
    pub tracer: Rc<Tracer>,
    /// What is counted, for who may see it.
    pub metrics: Metrics,
    /// Which handler answers what.
    pub routes: Router<Handler>,
}

/// What is told of a request when it is answered.
#[derive(Default)]
struct Asked {
    /// When it was there, if it is timed.
    begin: Option<Instant>,
    /// The place of its route.
    route: usize,
    /// Where it is about users, which access it is, and to whom.
    access: Option<(Access, u64)>,
    caller: Option<TraceContext>,
    recording: Recording,
}

impl Asked {
    fn of(
        request: &Request<'_>,
        begin: Option<Instant>,
        route: usize,
        access: Option<(Access, u64)>,
    ) -> Self {
        let (caller, recording) = (request.caller, request.recording.clone());
        Self { begin, route, access, caller, recording }
    }
}

/// A request that waits for its answer. A client that leaves meanwhile has asked all the same, and what it has asked for may
/// have happened: that is told, too.
struct Waiting {
    app: Rc<App>,
    asked: Option<Asked>,
    /// The beginning of its line in the access log.
    head: Vec<u8>,
}

/// The status of an answer that nobody waited for, as nginx has it in its logs.
const LEFT: u16 = 499;

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(asked) = self.asked.take() {
            self.app.numbers().abandoned.add(1);
            self.app.tell(&asked, 0, LEFT);
            asked.recording.answered(asked.route, LEFT);
            let head = |line: &mut Vec<u8>| line.append(&mut self.head);
            self.app.write_line(head, &asked, Instant::now(), LEFT, 0);
        }
    }
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
        let (reply, asked) = self.dispatch(request, begin);
        let head = |line: &mut Vec<u8>| Head::of(request).put(line);
        match reply {
            Reply::Now(response) => Reply::Now(self.answered(response, &asked, head)),
            Reply::Later(response) => match memory::wait(&self.memory) {
                Ok(room) => {
                    let mut kept = Vec::new();
                    self.access_log.iter().for_each(|_| head(&mut kept));
                    self.wait(response, room, asked, kept)
                }
                Err(response) => Reply::Now(self.answered(self.shed(response), &asked, head)),
            },
        }
    }

    /// Waits for an answer, in the room that it takes, and not for ever.
    fn wait(
        self: &Rc<Self>,
        response: Pin<Box<dyn Future<Output = Response>>>,
        room: Admission,
        asked: Asked,
        head: Vec<u8>,
    ) -> Reply {
        let mut waiting = Waiting { app: Rc::clone(self), asked: Some(asked), head };
        Reply::later(async move {
            let limit = waiting.app.settings.request_timeout.get();
            let late = |_| unavailable("the answer took too long");
            let response = timeout(limit, response).await.unwrap_or_else(late);
            let asked = waiting.asked.take().expect("only this takes it");
            let head = std::mem::take(&mut waiting.head);
            let head = |line: &mut Vec<u8>| line.extend_from_slice(&head);
            let response = waiting.app.answered(response, &asked, head);
            drop(room);
            response
        })
    }

    /// The handler's reply, and what is asked.
    fn dispatch(self: &Rc<Self>, request: &Request<'_>, begin: Option<Instant>) -> (Reply, Asked) {
        let refused = match self.routes.find(request.method, request.path) {
            Ok(found) => {
                let Handler { answer, access, place: route } = *found.value;
                let user = || found.parameter("id").and_then(|id| id.parse().ok()).unwrap_or(0);
                let access = access.map(|access| (access, user()));
                let reply = answer(self, request, &found);
                return (reply, Asked::of(request, begin, route, access));
            }
            Err(NoRoute::NotFound) => problem(404, "nothing is here"),
            Err(NoRoute::Malformed) => problem(400, "this is no path"),
            Err(NoRoute::MethodNotAllowed { allow }) => {
                problem(405, "this can be asked for otherwise").with("allow", allow.to_owned())
            }
        };
        (Reply::Now(refused), Asked::of(request, begin, NO_ROUTE, None))
    }

    /// Counts an answer, and tells of it.
    fn answered(
        &self,
        response: Response,
        asked: &Asked,
        head: impl FnOnce(&mut Vec<u8>),
    ) -> Response {
        let now = asked.begin.map(|_| Instant::now());
        let latency = now.zip(asked.begin).map(|(now, begin)| now - begin);
        self.numbers().answered(asked.route, response.status, latency);
        self.note(&response, asked.route);
        self.tell(asked, response.user, response.status);
        asked.recording.answered(asked.route, response.status);
        if let Some(now) = now {
            let bytes = response.body.length().unwrap_or(0);
            self.write_line(head, asked, now, response.status, bytes);
        }
        match asked.recording.context() {
            Some(context) => response.with("traceresponse", context.to_string()),
            None => response,
        }
    }

    /// Of which trace a request is, as its sender says, where traces are recorded.
    #[must_use]
    pub fn caller(&self, headers: &HeaderMap) -> Option<TraceContext> {
        if self.settings.profile == Profile::Bare {
            return None;
        }
        TraceContext::read(headers.get(TRACEPARENT)?.to_str().ok()?)
    }

    /// Counts what was refused before anybody knew what it asks for.
    #[must_use]
    pub fn refused(&self, response: Response, head: &Head<'_>) -> Response {
        self.numbers().answered(NO_ROUTE, response.status, None);
        self.note(&response, NO_ROUTE);
        let (status, bytes) = (response.status, response.body.length().unwrap_or(0));
        let asked = Asked { route: NO_ROUTE, ..Asked::default() };
        self.write_line(|line| head.put(line), &asked, Instant::now(), status, bytes);
        response
    }

    /// Writes a line of the access log, if there is one.
    fn write_line(
        &self,
        head: impl FnOnce(&mut Vec<u8>),
        asked: &Asked,
        at: Instant,
        status: u16,
        bytes: usize,
    ) {
        if let Some(log) = &self.access_log {
            let took = asked.begin.map(|begin| at - begin);
            let trace = asked.recording.context().map(|context| context.trace);
            log.line(head, &Tail { at, took, route: asked.route, status, bytes, trace });
        }
    }

    /// Notes an answer that is an error of the server's.
    fn note(&self, response: &Response, place: usize) {
        if let Some(cause) = &response.cause {
            let (method, pattern) = route(place);
            let place = format!("{} {method} {pattern}", response.status);
            let text = errors::note(&self.board, &place, cause);
            if let (Some(text), Some(webhook)) = (text, &self.webhook) {
                webhook.tell(text);
            }
        }
    }

    /// Tells of an access to a user, where somebody is told. Who was created is known by the answer alone.
    fn tell(&self, asked: &Asked, created: u64, status: u16) {
        let (Some((access, user)), Some(events)) = (asked.access, &self.events) else { return };
        let user = if user == 0 { created } else { user };
        let doing = asked.recording.span(Work::QueuePublish);
        let trace = asked.recording.context().or(asked.caller);
        let accepted = events.accept(Event { trace, ..Event::now(access, user, status) });
        doing.end(!accepted);
        let numbers = self.numbers();
        let counter = if accepted { &numbers.events_accepted } else { &numbers.events_refused };
        counter.add(1);
    }

    /// Counts a refusal for want of room, if it is one.
    #[must_use]
    pub fn shed(&self, response: Response) -> Response {
        if response.status == 503 {
            self.numbers().shed.add(1);
        }
        response
    }

    /// How the breakers stand, in the order of [`DEPENDENCIES`].
    #[must_use]
    pub fn breakers(&self) -> [Option<State>; DEPENDENCIES.len()] {
        let queue = self.events.as_ref().map(|events| match events.standing() {
            Standing::Up => State::Closed,
            Standing::Full => State::HalfOpen,
            Standing::Down => State::Open,
        });
        [Some(self.users.database().state()), self.users.l2_state(), queue]
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
        for (place, (method, pattern, handler)) in api::ROUTES.iter().enumerate() {
            let handler = Handler { place, ..*handler };
            routes.add(method, pattern, handler).expect("the table of routes is right");
        }
        routes
    }
}
