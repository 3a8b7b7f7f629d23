//! A client that sends a byte every three seconds, and one that knows what it wants, at the same server.
//!
//! The clock stands still until all wait: a minute passes in no time. The clients are this program's, at the other ends of pipes in
//! memory; the server is your `serve` or the reference's.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use async_io::serve::{Limits, Peer, Receiving, Server};
use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, sleep};
use witness::trace::{Event, Gauge, Recorder, program};

const DRIP: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn Error>> {
    let trace = Recorder::new(
        &[program("slow client"), program("server"), program("quick client")],
        &[Gauge { key: "open", title: "open connections", unit: "", max: 2 }],
    );
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    LocalSet::new().block_on(&runtime, play(&trace))?;
    Ok(trace.print()?)
}

async fn play(trace: &Recorder) -> io::Result<()> {
    let hello = |_: Request<Receiving>| {
        std::future::ready(Ok::<_, io::Error>(Response::new(Full::<Bytes>::from("hello"))))
    };
    let server = Server::new(service_fn(hello), Limits::default());
    let sweeping = Rc::clone(&server);
    spawn_local(async move { sweeping.sweep().await });
    let begin = Instant::now();
    let event = |lane, kind| -> Event<'_> {
        let event = trace.event(lane, kind).at(Instant::now().into_std());
        event.gauge("open", server.open() as u64)
    };
    let connect = || -> DuplexStream {
        let (ours, theirs) = duplex(1024);
        spawn_local(Rc::clone(&server).serve(TokioIo::new(theirs), Peer::default()));
        ours
    };

    let (mut slow, mut quick) = (connect(), connect());
    slow.write_all(b"GET / HTTP/1.1\r\nname: ").await?;
    event("slow client", "begins")
        .to("server")
        .says("begins a request: its head has 10 s from now on");
    let sent = Cell::new(0);
    let dripping = async {
        loop {
            sleep(DRIP).await;
            if slow.write_all(b"x").await.is_err() {
                return;
            }
            sent.set(sent.get() + 1);
            let says =
                format!("byte {}, {} s after it began", sent.get(), begin.elapsed().as_secs());
            event("slow client", "drips").to("server").says(says);
        }
    };
    let asking = async {
        sleep(Duration::from_secs(4)).await;
        quick.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await?;
        event("quick client", "asks").to("server").says("a whole request");
        assert!(quick.read(&mut [0; 1024]).await? > 0, "an answer");
        event("server", "answers")
            .to("quick client")
            .says("answered at once: the other one holds up nobody");
        let answered = Instant::now();
        // It waits for a next request, which does not come.
        assert_eq!(quick.read(&mut [0; 1024]).await?, 0, "the end");
        let says = format!(
            "closed, {} s after its last answer: it was idle",
            answered.elapsed().as_secs()
        );
        event("server", "closes").to("quick client").says(says);
        io::Result::Ok(())
    };
    let cutting = async {
        while server.statistics().too_slow == 0 {
            sleep(Duration::from_millis(1)).await;
        }
        let says = format!(
            "cut off after {:.1} s: never before 10, and a second later at most",
            begin.elapsed().as_secs_f64()
        );
        event("server", "cuts").to("slow client").bad().says(says);
    };
    let ((), asked, ()) = tokio::join!(dripping, asking, cutting);
    asked
}
