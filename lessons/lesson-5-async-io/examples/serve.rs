//! The fifth rung: a worker for each processor, and in each one thread that serves all of its connections.
//!
//! `cargo xtask serve lesson-5`; `WORKERS=1` makes it a single event loop. Connections are kept, and have limits; when a worker is
//! told to go, it answers what has begun. `GET /compute` is done by another thread. Users that were posted are known to the
//! worker that took them, and to no other.

use std::cell::RefCell;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use async_io::drain::{Connections, Drained, Patience, drain};
use async_io::offload::{Asker, Job, offload};
use async_io::serve::{Limits, Receiving, Server};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use solution_2_lifecycle::connection::api::{Api, Asked};
use solution_2_lifecycle::response;
use solution_4_processes::rung::{Worker, main as run, say};
use solution_4_processes::supervisor::BEAT;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, UnixStream};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::interval;

/// How long requests may take that have begun when a worker is told to go.
const DRAIN_MAX: Duration = Duration::from_secs(10);
/// The largest body.
const BODY_BYTES: usize = 64 * 1024;
/// As many computations wait for the thread.
const WAITING_MAX: usize = 32;

fn main() -> ExitCode {
    run("serve-lesson-5", DRAIN_MAX, work)
}

/// A worker: one event loop.
fn work(worker: Worker) -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, serve(worker))
}

/// Accepts until it is told to go, and lets everybody finish.
async fn serve(worker: Worker) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::from_std(worker.listener.try_clone()?)?;
    worker.told.set_nonblocking(true)?;
    let mut told = UnixStream::from_std(worker.told.try_clone()?)?;
    let service = Rc::new(Service::new()?);
    let answer = move |request| Rc::clone(&service).answer(request);
    let server = Server::new(service_fn(answer), Limits::default());
    let sweeping = Rc::clone(&server);
    spawn_local(async move { sweeping.sweep().await });
    worker.ready()?;
    // A task of the loop beats: so it is the loop that lives.
    spawn_local(async move {
        let mut tick = interval(BEAT / 2);
        loop {
            tick.tick().await;
            worker.beat();
        }
    });
    tokio::select! {
        error = server.accept(&listener) => return Err(error.into()),
        _ = told.read_u8() => {}
    }
    let patience = Patience { deadline: DRAIN_MAX, ..Patience::default() };
    let Drained { open, cut, took } = drain(&All(&server), patience).await;
    say(format_args!("drained: of {open} connections {cut} cut off, in {} ms", took.as_millis()));
    Ok(())
}

/// What answers.
struct Service {
    api: Api,
    computing: SyncSender<Job>,
    /// One for all requests: each leaves it empty.
    draft: RefCell<response::Response>,
}

type Answer = Response<Full<Bytes>>;

impl Service {
    fn new() -> Result<Self, Box<dyn Error>> {
        let (computing, jobs) = sync_channel::<Job>(WAITING_MAX);
        thread::Builder::new()
            .name("compute".to_owned())
            .spawn(move || jobs.into_iter().for_each(|job| job()))?;
        Ok(Self { api: Api::new()?, computing, draft: RefCell::new(response::Response::new()) })
    }

    /// A future that can be moved, as the server wants it.
    fn answer(
        self: Rc<Self>,
        request: Request<Receiving>,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, hyper::Error>>>> {
        Box::pin(async move {
            if request.uri().path() == "/compute" {
                return Ok(self.compute().await);
            }
            let (head, body) = request.into_parts();
            let Ok(body) = Limited::new(body, BODY_BYTES).collect().await else {
                return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"));
            };
            Ok(self.ask_api(&Whole { head, body: body.to_bytes() }))
        })
    }

    fn ask_api(&self, asked: &Whole) -> Answer {
        let mut draft = self.draft.borrow_mut();
        draft.clear();
        self.api.handle(asked, &mut draft);
        let mut answer = Response::new(Full::from(std::mem::take(&mut draft.body)));
        *answer.status_mut() = StatusCode::from_u16(draft.status).expect("a status of the API's");
        let headers = answer.headers_mut();
        if !draft.content_type.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(draft.content_type));
        }
        for (name, value) in draft.fields() {
            let value = HeaderValue::from_str(value).expect("a value of the API's is visible");
            headers.append(HeaderName::from_static(name), value);
        }
        answer
    }

    /// Half a million steps, on the other thread.
    async fn compute(&self) -> Answer {
        let submit = |job| {
            self.computing.try_send(job).map_err(|refused| match refused {
                TrySendError::Full(job) | TrySendError::Disconnected(job) => job,
            })
        };
        let work = |asker: &Asker<'_, u64>| {
            let step = |sum: u64, number: u64| sum.wrapping_mul(31).wrapping_add(number);
            (0..500).try_fold(0, |sum, part| {
                (!asker.is_gone())
                    .then(|| (0..1000).fold(sum, |sum, number| step(sum, part * number)))
            })
        };
        match offload(submit, work).await {
            Ok(sum) => plain(StatusCode::OK, &sum.to_string()),
            Err(error) => {
                let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, &error.to_string());
                answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
                answer
            }
        }
    }
}

fn plain(status: StatusCode, words: &str) -> Answer {
    let mut answer = Response::new(Full::from(words.to_owned()));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

/// A request that has come to its end.
struct Whole {
    head: hyper::http::request::Parts,
    body: Bytes,
}

impl Asked for Whole {
    fn method(&self) -> &str {
        self.head.method.as_str()
    }

    fn target(&self) -> &str {
        self.head.uri.path_and_query().map_or("*", |target| target.as_str())
    }

    fn accept(&self, number: usize) -> Option<&str> {
        let lines = self.head.headers.get_all(hyper::header::ACCEPT).iter();
        lines.filter_map(|line| line.to_str().ok()).nth(number)
    }

    fn body(&self) -> &[u8] {
        &self.body
    }
}

/// A server's connections, for your `drain` or the reference's, whichever of `serve` and `drain` is yours.
struct All<'a, S>(&'a Server<S>);

impl<S> Connections for All<'_, S> {
    fn announce(&self) {
        self.0.announce();
    }

    fn close_idle(&self, quiet: Duration) {
        self.0.close_idle(quiet);
    }

    fn open(&self) -> usize {
        self.0.open()
    }

    fn busy(&self) -> usize {
        self.0.busy()
    }

    async fn fewer(&self) {
        self.0.fewer().await;
    }

    fn cut(&self) {
        self.0.cut();
    }
}
