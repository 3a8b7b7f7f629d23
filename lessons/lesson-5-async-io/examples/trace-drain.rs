//! A server ends while four clients are connected: one waits for its answer, one is idle and asks once more, one has sent half of a
//! request, and one is idle and says nothing.
//!
//! The clock stands still until all wait. The server is your `serve` or the reference's, and so is what drains it.

use std::error::Error;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use async_io::drain::{Connections, Patience, drain};
use async_io::serve::{Limits, Peer, Receiving, Server};
use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::{Instant, sleep};
use witness::trace::{Event, Gauge, Recorder, program};

/// How long an answer takes.
const WORK: Duration = Duration::from_millis(300);

fn main() -> Result<(), Box<dyn Error>> {
    let trace = Recorder::new(
        &[program("busy"), program("idle"), program("half"), program("silent"), program("server")],
        &[Gauge { key: "open", title: "open connections", unit: "", max: 4 }],
    );
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    LocalSet::new().block_on(&runtime, play(&trace))?;
    Ok(trace.print()?)
}

async fn play(trace: &Recorder) -> io::Result<()> {
    let work = |_: Request<Receiving>| {
        Box::pin(async {
            sleep(WORK).await;
            Ok::<_, io::Error>(Response::new(Full::<Bytes>::from("done")))
        })
    };
    let server = Server::new(service_fn(work), Limits::default());
    let sweeping = Rc::clone(&server);
    spawn_local(async move { sweeping.sweep().await });
    let event = |lane, kind| -> Event<'_> {
        let event = trace.event(lane, kind).at(Instant::now().into_std());
        event.gauge("open", server.open() as u64)
    };
    let connect = || -> DuplexStream {
        let (ours, theirs) = duplex(1024);
        spawn_local(Rc::clone(&server).serve(TokioIo::new(theirs), Peer::default()));
        ours
    };
    let (mut busy, mut idle, mut half, mut silent) = (connect(), connect(), connect(), connect());
    for stream in [&mut idle, &mut silent] {
        stream.write_all(GET).await?;
        assert!(stream.read(&mut [0; 1024]).await? > 0, "an answer");
    }
    event("idle", "answered")
        .says("idle and silent have had an answer, and keep their connections");
    busy.write_all(GET).await?;
    half.write_all(&GET[..10]).await?;
    settle().await;
    event("busy", "asks").to("server").says("a request, which takes 300 ms");
    event("half", "begins").to("server").says("half of a request");
    event("server", "drain")
        .says("told to end: no new connections; from now on each answer is a last one");

    let begin = Instant::now();
    let draining = async {
        let drained = drain(&All(&server), Patience::default()).await;
        let says = format!(
            "nobody is left after {} ms; {} requests were cut off",
            drained.took.as_millis(),
            drained.cut
        );
        event("server", "ended").says(says);
    };
    let answered = |lane, text: &str| {
        let last = if text.contains("connection: close") { "with `connection: close`" } else { "" };
        let says = format!("an answer {last}, {} ms later", begin.elapsed().as_millis());
        event("server", "answers").to(lane).says(says);
    };
    let waiting = async {
        answered("busy", &rest(busy).await?);
        io::Result::Ok(())
    };
    let asking = async {
        sleep(Duration::from_millis(100)).await;
        idle.write_all(GET).await?;
        event("idle", "asks")
            .to("server")
            .says("its request was on the way: 100 ms later it is there");
        answered("idle", &rest(idle).await?);
        io::Result::Ok(())
    };
    let going_on = async {
        sleep(Duration::from_millis(200)).await;
        half.write_all(&GET[10..]).await?;
        event("half", "asks").to("server").says("the other half, 200 ms later");
        answered("half", &rest(half).await?);
        io::Result::Ok(())
    };
    let silence = async {
        rest(silent).await?;
        let says = format!("closed after {} ms of quiet", begin.elapsed().as_millis());
        event("server", "closes").to("silent").says(says);
        io::Result::Ok(())
    };
    let ((), busy, idle, half, silent) = tokio::join!(draining, waiting, asking, going_on, silence);
    busy.and(idle).and(half).and(silent)
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// What comes until the end; then this end closes, too.
async fn rest(mut stream: DuplexStream) -> io::Result<String> {
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}

/// Lets everything happen that can happen now.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
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
