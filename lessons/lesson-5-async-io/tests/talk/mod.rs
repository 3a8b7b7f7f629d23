//! A server in memory, and peers that talk to it byte by byte.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_io::serve::{self, Limits, Receiving, Server, Uncopied};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::Notify;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;

/// What `/pages` is answered with.
pub(crate) static PAGES: [u8; 40 * 1024] = [b'p'; 40 * 1024];

/// Answers `GET /` at once, `/large` with 1 MiB, `/pages` without a copy, `/wait` when the test says so; `POST` with
/// the length of the body, at `/wait` when the test says so.
#[derive(Debug, Clone, Default)]
pub(crate) struct TestService {
    pub(crate) go_on: Rc<Notify>,
}

type Answer = Response<Full<Bytes>>;

pub(crate) enum Answering {
    Now(Ready<Answer>),
    Later(Pin<Box<dyn Future<Output = Answer>>>),
}

impl Future for Answering {
    type Output = Result<Answer, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Now(answer) => Pin::new(answer).poll(context).map(Ok),
            Self::Later(answer) => answer.as_mut().poll(context).map(Ok),
        }
    }
}

impl Service<Request<Receiving>> for TestService {
    type Response = Answer;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: Request<Receiving>) -> Answering {
        let text = |text: String| Response::new(Full::new(Bytes::from(text)));
        match (request.method().as_str(), request.uri().path()) {
            ("POST", path) => Answering::Later(Box::pin({
                let go_on = (path == "/wait").then(|| Rc::clone(&self.go_on));
                let body = request.into_body();
                async move {
                    let length = body.collect().await.map(|body| body.to_bytes().len());
                    if let Some(go_on) = go_on {
                        go_on.notified().await;
                    }
                    text(length.map_or("broken".into(), |length| length.to_string()))
                }
            })),
            (_, "/wait") => {
                let go_on = Rc::clone(&self.go_on);
                Answering::Later(Box::pin(async move {
                    go_on.notified().await;
                    text("waited".into())
                }))
            }
            (_, "/large") => Answering::Now(ready(text("x".repeat(1 << 20)))),
            (_, "/pages") => {
                let mut answer = Response::new(Full::new(Bytes::from_static(&PAGES)));
                answer.extensions_mut().insert(Uncopied);
                Answering::Now(ready(answer))
            }
            _ => Answering::Now(ready(text("hello".into()))),
        }
    }
}

/// A server that is swept.
pub(crate) fn server(limits: Limits) -> (Rc<Server<TestService>>, TestService) {
    let service = TestService::default();
    let server = Server::new(service.clone(), limits);
    let swept = Rc::clone(&server);
    spawn_local(async move { swept.sweep().await });
    (server, service)
}

/// Runs a test in its own local set; time passes only while everybody waits.
pub(crate) async fn alone(test: impl Future<Output = ()>) {
    LocalSet::new().run_until(test).await;
}

/// Longer than any limit.
pub(crate) const LONG: Duration = Duration::from_secs(600);

/// Waits until a connection has ended.
pub(crate) async fn one_gone(server: &Server<TestService>) {
    timeout(LONG, server.fewer()).await.expect("a connection ends within its limits");
}

pub(crate) struct Peer(pub(crate) DuplexStream);

impl Peer {
    /// Connects through a pipe that holds so many bytes in each direction.
    pub(crate) fn through(server: &Rc<Server<TestService>>, bytes: usize) -> Self {
        let (near, far) = duplex(bytes);
        spawn_local(Rc::clone(server).serve(TokioIo::new(far), serve::Peer::default()));
        Self(near)
    }

    pub(crate) fn of(server: &Rc<Server<TestService>>) -> Self {
        Self::through(server, 1 << 16)
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("the server reads");
    }

    /// The next answer, which must have a length.
    pub(crate) async fn answer(&mut self) -> String {
        let mut text = String::new();
        while !complete(&text) {
            let mut bytes = [0; 4096];
            let read = timeout(LONG, self.0.read(&mut bytes)).await.expect("an answer in time");
            let count = read.expect("the server does not break the connection");
            assert!(count > 0, "closed after `{text}`");
            text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
        text
    }

    /// Waits until the server closes, and returns what came before.
    pub(crate) async fn rest(&mut self) -> String {
        let mut text = String::new();
        let read =
            timeout(LONG, self.0.read_to_string(&mut text)).await.expect("it is closed in time");
        read.expect("it ends, and is not broken off");
        text
    }
}

fn complete(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse::<usize>().expect("a number"))
}
