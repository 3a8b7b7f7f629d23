//! One connection that is kept: one request, three at once, and half of one.
//!
//! One thread plays both programs. Whenever the connection's loop wants to read, the client does what it would do next.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use lifecycle::connection::{Limits, Request, serve};
use lifecycle::response::Response;
use witness::tcp;
use witness::trace::{Event, Gauge, Recorder, kernel, parameter, program};

fn main() -> Result<(), Box<dyn Error>> {
    let depth = parameter("depth") as usize;
    let trace = Recorder::new(
        &[program("client"), kernel("socket"), program("connection"), program("handler")],
        &[Gauge { key: "open", title: "not answered", unit: "requests", max: depth as u64 }],
    );
    let get = |path: usize| format!("GET /{path} HTTP/1.1\r\nhost: a\r\n\r\n");
    let (last, together) = (get(depth + 2), (2..depth + 2).map(get).collect::<String>());
    let says = |text: &str, bytes: &str| (text.to_owned(), bytes.as_bytes().to_vec());
    let script = VecDeque::from([
        says("`write`: `GET /1`", &get(1)),
        says(&format!("`write`: {depth} requests at once"), &together),
        says("`write`: the first half of a request", &last[..12]),
        says("`write`: the other half", &last[12..]),
    ]);
    let (client, server) = tcp::pair();
    client.set_nodelay(true)?;
    client.set_nonblocking(true)?;
    let stage =
        Stage { trace: &trace, client, server, script: RefCell::new(script), open: Cell::new(0) };
    let mut stream = &stage;
    serve(&mut stream, &Limits::default(), |request, response| stage.handles(request, response))?;
    stage.event("connection", "ends").says("`serve` returns: the client has closed");
    Ok(trace.print()?)
}

struct Stage<'a> {
    trace: &'a Recorder,
    client: TcpStream,
    server: TcpStream,
    /// What the client sends, each time that it has all its answers or has sent too little for one.
    script: RefCell<VecDeque<(String, Vec<u8>)>>,
    /// Requests without an answer.
    open: Cell<u64>,
}

impl Stage<'_> {
    fn event(&self, lane: &'static str, kind: &'static str) -> Event<'_> {
        self.trace.event(lane, kind).gauge("open", self.open.get())
    }

    /// The client reads what there is, and sends what comes next.
    fn client_acts(&self) -> io::Result<()> {
        let mut answers = [0; 4096];
        if tcp::unread(&self.client)? > 0 {
            let received = (&self.client).read(&mut answers)?;
            let count = count(&answers[..received], b"HTTP/1.1 200");
            self.open.set(self.open.get() - count);
            let says = format!("`read` returns {}", plural(count, "answer"));
            self.event("socket", "client-reads").to("client").says(says);
        }
        let Some((says, bytes)) = self.script.borrow_mut().pop_front() else {
            self.client.shutdown(Shutdown::Write)?;
            tcp::until_readable(&self.server)?;
            self.event("client", "shutdown").to("socket").says("it has said everything");
            return Ok(());
        };
        (&self.client).write_all(&bytes)?;
        tcp::until(|| Ok(tcp::unread(&self.server)? == bytes.len()))?;
        self.open.set(self.open.get() + count(&bytes, b"GET"));
        self.event("client", "write").to("socket").says(says);
        Ok(())
    }

    fn handles(&self, request: &Request<'_>, response: &mut Response) {
        let path = request.head.path();
        response.content_type = "text/plain";
        response.body.extend_from_slice(path.as_bytes());
        self.event("connection", "handle").to("handler").says(format!("`{path}` is answered"));
    }
}

impl Read for &Stage<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.event("connection", "read").to("socket").says("`read`: nothing is left to be done");
        self.client_acts()?;
        let received = (&self.server).read(buffer)?;
        let says = format!("`read` returns {received} bytes");
        self.event("socket", "read-returns").to("connection").says(says);
        Ok(received)
    }
}

impl Write for &Stage<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = (&self.server).write(bytes)?;
        tcp::until(|| Ok(tcp::unread(&self.client)? == written))?;
        let answers = plural(count(bytes, b"HTTP/1.1 200"), "answer");
        let says = format!("one `write`: {answers}, {written} bytes");
        self.event("connection", "answer").to("socket").says(says);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn count(bytes: &[u8], what: &[u8]) -> u64 {
    bytes.windows(what.len()).filter(|window| *window == what).count() as u64
}

fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
