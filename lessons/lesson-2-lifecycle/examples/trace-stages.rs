//! One request through all stages, with the time of each.
//!
//! One thread plays client and server. Requests before it are not shown: nothing is warm then.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Instant, SystemTime};

use lifecycle::request::{Limits, Parser};
use lifecycle::response::Response;
use lifecycle::response::encoder::{Connection, Context, Encoder};
use lifecycle::router::Router;
use lifecycle::timeline::{Stage, Timeline};
use lifecycle::validate::from_json;
use witness::tcp;
use witness::trace::{Gauge, Recorder, kernel, program};

const REQUEST: &[u8] = b"POST /users HTTP/1.1\r\nhost: localhost\r\ncontent-length: 58\r\n\r\n\
    {\"name\":\"Ada Lovelace\",\"email\":\"ada@example.org\",\"age\":36}";
const WARM_UP: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let mut session = Session::new()?;
    for _ in 0..WARM_UP {
        session.exchange(&recorder())?;
    }
    let trace = recorder();
    session.exchange(&trace)?;
    Ok(trace.print()?)
}

fn recorder() -> Recorder {
    let spent = Gauge { key: "spent", title: "since its first byte", unit: "ns", max: 5000 };
    let lanes = [program("client"), kernel("socket"), program("server"), program("handler")];
    Recorder::new(&lanes, &[spent])
}

struct Session {
    client: TcpStream,
    server: TcpStream,
    parser: Parser,
    routes: Router<&'static str>,
    encoder: Encoder,
    response: Response,
    output: Vec<u8>,
}

impl Session {
    fn new() -> Result<Self, Box<dyn Error>> {
        let (client, server) = tcp::pair();
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let mut routes = Router::new();
        routes.add("GET", "/users/{id}", "user")?;
        routes.add("POST", "/users", "create")?;
        Ok(Self {
            client,
            server,
            parser: Parser::new(Limits::default()),
            routes,
            encoder: Encoder::new(),
            response: Response::new(),
            output: Vec::new(),
        })
    }

    /// One request and its answer.
    fn exchange(&mut self, trace: &Recorder) -> Result<(), Box<dyn Error>> {
        trace.event("client", "write").to("socket").says("`POST /users`, with a user as JSON");
        self.client.write_all(REQUEST)?;
        tcp::until(|| Ok(tcp::unread(&self.server)? == REQUEST.len()))?;
        let mut told = Told { trace, timeline: Timeline::start(Instant::now()) };

        let mut input = [0; 1024];
        let received = self.server.read(&mut input)?;
        told.ends(Stage::Read, "socket", "server", format!("`read` returns {received} bytes"));
        let head = self.parser.parse(&input[..received])?.ok_or("a request comes whole")?;
        told.ends(Stage::Parse, "server", "server", format!("{} bytes are a head", head.length));
        let found =
            self.routes.find(head.method(), head.path()).map_err(|error| error.to_string())?;
        let handler = *found.value;
        told.ends(Stage::Route, "server", "handler", format!("`{handler}` is to answer"));
        let user = from_json(&input[head.length..received])?;
        told.ends(Stage::Validate, "handler", "handler", "the user breaks no rule".to_owned());
        self.response.clear();
        self.response.status = 201;
        self.response.add("location", "/users/4")?;
        serde_json::to_writer(&mut self.response.body, &user)?;
        told.ends(Stage::Handle, "handler", "server", "the answer is 201".to_owned());
        self.output.clear();
        let context = Context { is_head: false, connection: Connection::Stays };
        self.encoder.encode(&self.response, context, SystemTime::now(), &mut self.output);
        let bytes = self.output.len();
        told.ends(Stage::Serialize, "server", "server", format!("it is {bytes} bytes"));
        self.server.write_all(&self.output)?;
        told.ends(Stage::Write, "server", "socket", "`write` returns".to_owned());

        let received = self.client.read(&mut input)?;
        let says = format!("`read` returns {received} bytes");
        trace.event("socket", "read-returns").to("client").says(says);
        Ok(())
    }
}

/// Tells what the timeline takes down.
struct Told<'t> {
    trace: &'t Recorder,
    timeline: Timeline,
}

impl Told<'_> {
    /// A stage has ended. The next one begins when that is told: what telling it takes belongs to none.
    fn ends(&mut self, stage: Stage, from: &'static str, to: &'static str, says: String) {
        self.timeline.finish(stage, Instant::now());
        let took = self.timeline.spent(stage).as_nanos();
        let event = self.trace.event(from, stage.name());
        let event = if from == to { event } else { event.to(to) };
        let spent = self.timeline.total().as_nanos() as u64;
        event.gauge("spent", spent).says(format!("{}, {took} ns: {says}", stage.name()));
        self.timeline.skip(Instant::now());
    }
}
