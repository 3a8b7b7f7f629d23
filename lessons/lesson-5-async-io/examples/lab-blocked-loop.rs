//! One event loop, two clients: one asks for a computation, again and again, the other one for a byte every five milliseconds,
//! whether the last one has come or not. How long does a byte take if the computation is done on the loop, and how long if
//! another thread does it?

use std::error::Error;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use async_io::offload::{Asker, Job, offload};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use witness::lab::{Column, Table, parameter, progress};
use witness::tcp;

/// What a client asks for.
const BYTE: u8 = b'b';
const COMPUTATION: u8 = b'c';

/// How often a byte is asked for.
const PERIOD: Duration = Duration::from_millis(5);

/// Who computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Nobody,
    Loop,
    Thread,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (requests, milliseconds) = (parameter("requests"), parameter("milliseconds"));
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("p50", "p50", "ms", 2),
        column("p99", "p99", "ms", 2),
        column("computed", "computations meanwhile", "", 0),
    ]);
    let rows = [
        (Way::Nobody, "nobody", "nobody computes"),
        (Way::Loop, "loop", "the loop computes"),
        (Way::Thread, "thread", "another thread computes"),
    ];
    for (done, (way, key, title)) in rows.into_iter().enumerate() {
        progress(done, rows.len());
        let work = Duration::from_millis(milliseconds);
        let (mut times, computed) = measure(way, work, requests)?;
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1].as_secs_f64();
        table.row(key, title, &[Some(at(50) * 1e3), Some(at(99) * 1e3), Some(computed as f64)]);
    }
    progress(rows.len(), rows.len());
    table.note(
        "The time of a request for a byte. The thread shares the processors with both clients.",
    );
    table.print();
    Ok(())
}

/// How long each request for a byte took, and how many computations there were meanwhile.
fn measure(way: Way, work: Duration, requests: u64) -> io::Result<(Vec<Duration>, u64)> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    // It ends with the program; its clients are gone before.
    thread::spawn(move || run(listener, way, work));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let computing = scope.spawn(|| {
            let mut computed = 0;
            let mut stream = tcp::connect(address)?;
            while way != Way::Nobody && !is_over.load(SeqCst) {
                stream.write_all(&[COMPUTATION])?;
                stream.read_exact(&mut [0])?;
                computed += 1;
            }
            io::Result::Ok(computed)
        });
        let times = ask_regularly(address, requests);
        is_over.store(true, SeqCst);
        let computed = computing.join().expect("a client does not panic")?;
        Ok((times?, computed))
    })
}

/// Asks for so many bytes, and waits for none of them before it asks for the next. A byte's time begins when it was to be sent.
fn ask_regularly(address: SocketAddr, requests: u64) -> io::Result<Vec<Duration>> {
    let stream = tcp::connect(address)?;
    stream.set_nodelay(true)?;
    let begin = Instant::now();
    let due = |number: u64| begin + PERIOD * number as u32;
    thread::scope(|scope| {
        let receiving = scope.spawn(|| {
            let receive = |number| (&stream).read_exact(&mut [0]).map(|()| due(number).elapsed());
            (0..requests).map(receive).collect()
        });
        for number in 0..requests {
            thread::sleep(due(number).saturating_duration_since(Instant::now()));
            (&stream).write_all(&[BYTE])?;
        }
        receiving.join().expect("a client does not panic")
    })
}

/// One thread serves everybody.
fn run(listener: std::net::TcpListener, way: Way, work: Duration) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let (pool, jobs) = sync_channel::<Job>(1);
    thread::spawn(move || jobs.into_iter().for_each(|job| job()));
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            let pool = pool.clone();
            // A client that is gone is no reason to stop.
            spawn_local(async move { drop(serve(stream, &pool, way, work).await) });
        }
    })
}

async fn serve(
    mut stream: TcpStream,
    pool: &SyncSender<Job>,
    way: Way,
    work: Duration,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let what = stream.read_u8().await?;
        match (what, way) {
            (COMPUTATION, Way::Loop) => compute(work),
            (COMPUTATION, Way::Thread) => {
                let submit = |job| {
                    pool.try_send(job).map_err(|refused| match refused {
                        TrySendError::Full(job) | TrySendError::Disconnected(job) => job,
                    })
                };
                let computed = offload(submit, move |_: &Asker<'_, ()>| {
                    compute(work);
                    Some(())
                });
                computed.await.map_err(io::Error::other)?;
            }
            _ => {}
        }
        stream.write_u8(what).await?;
    }
}

/// Takes a processor for so long.
fn compute(work: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < work {
        black_box((0..1000_u64).fold(1, |number: u64, _| black_box(number.wrapping_mul(3))));
    }
}
