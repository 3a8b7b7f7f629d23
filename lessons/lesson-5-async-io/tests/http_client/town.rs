//! A town of servers, reached through pipes: where there is no network, the clock can stand still.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::pending;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_io::http_client::{Client, ClientError, Connect, Options, Request, Resolve, Response};
use hyper::Method;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, LocalSet, spawn_local, yield_now};
use tokio::time::sleep;

/// What happens to who connects to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// It opens, and somebody answers.
    Open,
    /// It opens after this time.
    Slow(Duration),
    /// It opens, and is shut again at once.
    Slammed,
    /// It opens, and nobody listens to what is said.
    Deaf,
    /// It never opens.
    Stuck,
}

#[derive(Default)]
pub(crate) struct Town {
    /// Where there is nothing, the connection is refused.
    pub(crate) doors: RefCell<HashMap<IpAddr, Door>>,
    /// Who was connected to, in this order.
    pub(crate) visited: RefCell<Vec<IpAddr>>,
    /// Connections that are open, and the most that there ever were.
    pub(crate) open: Cell<usize>,
    pub(crate) most: Cell<usize>,
    /// Requests as they came.
    pub(crate) received: RefCell<Vec<String>>,
    /// `/wait` is answered.
    pub(crate) go_on: Notify,
    /// How often `/flaky` breaks the connection before it answers.
    pub(crate) flaws: Cell<u32>,
    servers: RefCell<Vec<AbortHandle>>,
}

impl Town {
    pub(crate) fn opens(&self, address: [u8; 4], door: Door) {
        self.doors.borrow_mut().insert(Ipv4Addr::from(address).into(), door);
    }

    /// How many connections were opened.
    pub(crate) fn visits(&self) -> usize {
        self.visited.borrow().len()
    }

    pub(crate) fn last_visited(&self) -> IpAddr {
        *self.visited.borrow().last().expect("somebody was connected to")
    }

    /// All servers close their connections, in the next turn of the loop.
    pub(crate) fn close_all(&self) {
        self.servers.take().iter().for_each(AbortHandle::abort);
    }
}

/// The client's end of a connection. It counts itself.
pub(crate) struct Street {
    pipe: TokioIo<DuplexStream>,
    town: Rc<Town>,
}

impl Street {
    fn new(pipe: DuplexStream, town: &Rc<Town>) -> Self {
        town.open.set(town.open.get() + 1);
        town.most.set(town.most.get().max(town.open.get()));
        Self { pipe: TokioIo::new(pipe), town: Rc::clone(town) }
    }
}

impl Drop for Street {
    fn drop(&mut self) {
        self.town.open.set(self.town.open.get() - 1);
    }
}

impl Read for Street {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_read(context, buffer)
    }
}

impl Write for Street {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.pipe).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(context)
    }
}

/// The client's way into the town.
pub(crate) struct Streets(pub(crate) Rc<Town>);

impl Connect for Streets {
    type Stream = Street;

    async fn connect(&self, address: SocketAddr) -> io::Result<Street> {
        let town = &self.0;
        town.visited.borrow_mut().push(address.ip());
        let door = town.doors.borrow().get(&address.ip()).copied();
        match door {
            None => return Err(io::ErrorKind::ConnectionRefused.into()),
            Some(Door::Stuck) => pending().await,
            Some(Door::Slow(time)) => sleep(time).await,
            Some(Door::Open | Door::Slammed | Door::Deaf) => {}
        }
        let (near, far) = duplex(1 << 16);
        let server = match door {
            Some(Door::Slammed) => spawn_local(async move { drop(far) }),
            Some(Door::Deaf) => spawn_local(async move {
                pending::<()>().await;
                drop(far);
            }),
            _ => spawn_local(serve(Rc::clone(town), far)),
        };
        town.servers.borrow_mut().push(server.abort_handle());
        Ok(Street::new(near, town))
    }
}

/// Answers until somebody closes. What it does is in the path.
async fn serve(town: Rc<Town>, mut stream: DuplexStream) {
    while let Some(request) = receive(&mut stream).await {
        town.received.borrow_mut().push(request.clone());
        let path = request.split(' ').nth(1).expect("a request line");
        let answer = match path {
            "/wait" => {
                if left_before(&mut stream, town.go_on.notified()).await {
                    return;
                }
                whole("waited")
            }
            "/never" => {
                left_before(&mut stream, pending()).await;
                return;
            }
            "/flaky" if town.flaws.get() > 0 => {
                town.flaws.set(town.flaws.get() - 1);
                return;
            }
            "/break" => return,
            "/cut" => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this".into(),
            "/close" => "HTTP/1.1 200 OK\r\nconnection: foo, Close\r\ncontent-length: 6\r\n\r\nclosed".into(),
            "/old" => "HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nold".into(),
            "/until-the-end" => "HTTP/1.1 200 OK\r\n\r\nto the end".into(),
            "/pieces" => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n4\r\n two\r\n0\r\n\r\n".into(),
            "/stuck" => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this".into(),
            "/big" => "HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n".into(),
            "/endless" => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".into(),
            "/long" => whole(&"x".repeat(1 << 20)),
            "/long-head" => {
                format!("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: {}\r\n\r\n", "x".repeat(100_000))
            }
            "/endless-head" => "HTTP/1.1 200 OK\r\n".into(),
            "/garbage" => "SSH-2.0-OpenSSH_9.6\r\n\r\n".into(),
            "/gone" => "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\nretry-after: 1\r\n\r\ngone".into(),
            _ => whole("hello"),
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        match path {
            "/cut" | "/close" | "/until-the-end" | "/hello-and-good-bye" => return,
            "/stuck" => {
                left_before(&mut stream, pending()).await;
                return;
            }
            "/endless" => while stream.write_all(b"10\r\n0123456789abcdef\r\n").await.is_ok() {},
            "/endless-head" => while stream.write_all(b"x: 0123456789abcdef\r\n").await.is_ok() {},
            _ => {}
        }
    }
}

/// Whether the client closes before `event` happens.
async fn left_before(stream: &mut DuplexStream, event: impl Future<Output = ()>) -> bool {
    let mut byte = [0];
    tokio::select! {
        biased;
        () = event => false,
        read = stream.read(&mut byte) => {
            assert!(matches!(read, Ok(0) | Err(_)), "a client sends nothing before it is answered");
            true
        }
    }
}

fn whole(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nx-from: town\r\n\r\n{body}", body.len())
}

/// A request with its body, or nothing if the client has closed.
async fn receive(stream: &mut DuplexStream) -> Option<String> {
    let mut text = String::new();
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().expect("a number")) {
                return Some(text);
            }
        }
        let mut bytes = [0; 4096];
        match stream.read(&mut bytes).await {
            Ok(count) if count > 0 => {
                text.push_str(std::str::from_utf8(&bytes[..count]).expect("text"));
            }
            _ => return None,
        }
    }
}

/// What the name server knows.
#[derive(Default)]
pub(crate) struct Register {
    pub(crate) names: RefCell<HashMap<String, Vec<IpAddr>>>,
    /// How long it takes.
    pub(crate) takes: Cell<Duration>,
    pub(crate) asked: RefCell<Vec<String>>,
}

impl Register {
    pub(crate) fn says(&self, name: &str, addresses: &[[u8; 4]]) {
        let addresses = addresses.iter().map(|&address| Ipv4Addr::from(address).into()).collect();
        self.names.borrow_mut().insert(name.to_owned(), addresses);
    }

    pub(crate) fn forgets(&self, name: &str) {
        self.names.borrow_mut().remove(name);
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.borrow().len()
    }
}

#[derive(Clone)]
pub(crate) struct Clerk(pub(crate) Rc<Register>);

impl Resolve for Clerk {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.0.asked.borrow_mut().push(host.to_owned());
        sleep(self.0.takes.get()).await;
        let known = self.0.names.borrow().get(host).cloned();
        known.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such name"))
    }
}

pub(crate) struct World {
    pub(crate) town: Rc<Town>,
    pub(crate) register: Rc<Register>,
    pub(crate) client: Rc<Client<Clerk, Streets>>,
}

pub(crate) const BAKER: [u8; 4] = [10, 0, 0, 1];
pub(crate) const TAILOR: [u8; 4] = [10, 0, 0, 2];
pub(crate) const SMITH: [u8; 4] = [10, 0, 0, 3];

/// A town with a baker, a tailor and a smith, and a client.
pub(crate) fn world(options: Options) -> World {
    let (town, register) = (Rc::<Town>::default(), Rc::<Register>::default());
    for (name, address) in [("baker", BAKER), ("tailor", TAILOR), ("smith", SMITH)] {
        town.opens(address, Door::Open);
        register.says(name, &[address]);
    }
    let client = Client::over(options, Clerk(Rc::clone(&register)), Streets(Rc::clone(&town)));
    World { town, register, client: Rc::new(client.expect("the options are sound")) }
}

impl World {
    pub(crate) async fn send(&self, request: Request) -> Result<Response, ClientError> {
        self.client.send(request).await
    }

    pub(crate) async fn get(&self, url: &str) -> Result<Response, ClientError> {
        self.send(get(url)).await
    }

    /// Sends it in a task of its own.
    pub(crate) fn spawn(
        &self,
        request: Request,
    ) -> tokio::task::JoinHandle<Result<Response, ClientError>> {
        let client = Rc::clone(&self.client);
        spawn_local(async move { client.send(request).await })
    }

    /// How often a request was received.
    pub(crate) fn received(&self) -> usize {
        self.town.received.borrow().len()
    }
}

pub(crate) fn get(url: &str) -> Request {
    Request::new(Method::GET, url).expect("the URL is right")
}

pub(crate) fn post(url: &str) -> Request {
    Request::new(Method::POST, url).expect("the URL is right")
}

pub(crate) fn text(answer: Result<Response, ClientError>) -> String {
    String::from_utf8(answer.expect("an answer").body.to_vec()).expect("text")
}

/// All tasks of the loop go on as far as they can without time passing.
pub(crate) async fn settle() {
    for _ in 0..30 {
        yield_now().await;
    }
}

/// Runs a test in its own local set; time passes only while everybody waits.
pub(crate) async fn alone(test: impl Future<Output = ()>) {
    LocalSet::new().run_until(test).await;
}
