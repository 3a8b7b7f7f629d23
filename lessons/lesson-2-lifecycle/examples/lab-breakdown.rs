//! Where the time of a request goes, stage by stage, from its first byte to the last byte of its answer.
//!
//! One thread serves one connection, with the parser, the router, the rules and the encoder of this lesson. The clock begins
//! when the first byte can be read, so waiting for the client is not in it. "Query" is a line that is appended to a file and
//! forced to the disk, as a database does when it commits.

use std::error::Error;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Instant, SystemTime};

use lifecycle::request::{Limits, Parser};
use lifecycle::response::Response;
use lifecycle::response::encoder::{Connection, Context, Encoder};
use lifecycle::router::Router;
use lifecycle::timeline::{Breakdown, Stage, Timeline};
use lifecycle::validate::{User, from_json};
use witness::lab::{Column, Table, parameter, progress};
use witness::tcp;

const PLAINTEXT: &[u8] = b"GET /plaintext HTTP/1.1\r\nhost: localhost\r\n\r\n";
const CREATE: &[u8] = b"POST /users HTTP/1.1\r\nhost: localhost\r\ncontent-length: 58\r\n\r\n\
    {\"name\":\"Ada Lovelace\",\"email\":\"ada@example.org\",\"age\":36}";
/// Before these, nothing is warm.
const WARM_UP: u64 = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let requests = parameter("requests");
    let mut breakdowns = Vec::new();
    for request in [PLAINTEXT, CREATE] {
        progress(breakdowns.len(), 2);
        breakdowns.push(measure(request, requests)?);
    }
    progress(2, 2);
    print(&breakdowns);
    Ok(())
}

/// Asks for the same again and again, and adds up where the time went.
fn measure(request: &'static [u8], requests: u64) -> Result<Breakdown, Box<dyn Error>> {
    let (client, mut stream) = tcp::pair();
    client.set_nodelay(true)?;
    stream.set_nodelay(true)?;
    let asking = thread::spawn(move || ask(client, request, WARM_UP + requests));
    let mut server = Server::new()?;
    let mut breakdown = Breakdown::default();
    for number in 0..WARM_UP + requests {
        let timeline = server.serve(&mut stream)?;
        if number >= WARM_UP {
            breakdown.add(&timeline);
        }
    }
    asking.join().expect("the client does not panic")?;
    Ok(breakdown)
}

fn ask(mut client: TcpStream, request: &[u8], times: u64) -> io::Result<()> {
    let mut answer = [0; 4096];
    for _ in 0..times {
        client.write_all(request)?;
        // It is written with one call, and small: it comes whole.
        if client.read(&mut answer)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// What is done for a route.
#[derive(Clone, Copy)]
enum Work {
    Plaintext,
    Create,
}

/// A server for one connection, whose requests come whole.
struct Server {
    parser: Parser,
    routes: Router<Work>,
    encoder: Encoder,
    response: Response,
    users: Vec<User>,
    disk: File,
    input: [u8; 4096],
    output: Vec<u8>,
}

impl Server {
    fn new() -> Result<Self, Box<dyn Error>> {
        let mut routes = Router::new();
        routes.add("GET", "/plaintext", Work::Plaintext)?;
        routes.add("GET", "/users/{id}", Work::Plaintext)?;
        routes.add("POST", "/users", Work::Create)?;
        Ok(Self {
            parser: Parser::new(Limits::default()),
            routes,
            encoder: Encoder::new(),
            response: Response::new(),
            users: Vec::new(),
            disk: tempfile::tempfile()?,
            input: [0; 4096],
            output: Vec::new(),
        })
    }

    // ANCHOR: serve
    /// Answers the next request, and says where its time went.
    fn serve(&mut self, stream: &mut TcpStream) -> Result<Timeline, Box<dyn Error>> {
        tcp::until_readable(stream)?;
        let mut timeline = Timeline::start(Instant::now());
        let mut finish = |stage| timeline.finish(stage, Instant::now());

        let received = stream.read(&mut self.input)?;
        finish(Stage::Read);
        let (head, body) = {
            let head =
                self.parser.parse(&self.input[..received])?.ok_or("a request comes whole")?;
            (head, &self.input[head.length..received])
        };
        finish(Stage::Parse);
        let found =
            self.routes.find(head.method(), head.path()).map_err(|error| error.to_string())?;
        let work = *found.value;
        finish(Stage::Route);
        self.response.clear();
        match work {
            Work::Plaintext => self.response.body.extend_from_slice(b"Hello, World!"),
            Work::Create => {
                let user = from_json(body)?;
                finish(Stage::Validate);
                writeln!(self.disk, "{} {}", user.name, user.email)?;
                self.disk.sync_data()?;
                finish(Stage::Query);
                self.response.status = 201;
                self.response.add("location", format!("/users/{}", self.users.len()))?;
                self.users.push(user);
            }
        }
        finish(Stage::Handle);
        self.output.clear();
        let context = Context { is_head: false, connection: Connection::Stays };
        self.encoder.encode(&self.response, context, SystemTime::now(), &mut self.output);
        finish(Stage::Serialize);
        stream.write_all(&self.output)?;
        finish(Stage::Write);
        Ok(timeline)
    }
    // ANCHOR_END: serve
}

fn print(breakdowns: &[Breakdown]) {
    let time = |key, title| Column { key, title, unit: "µs", digits: 2 };
    let share = |key, title| Column { key, title, unit: "%", digits: 1 };
    let mut table = Table::new(vec![
        time("plaintext", "GET /plaintext"),
        share("plaintext-share", "of it"),
        time("create", "POST /users"),
        share("create-share", "of it"),
    ]);
    let mut row = |key: &str, title: &str, stages: &[Stage]| {
        let values = breakdowns.iter().flat_map(|breakdown| {
            let mean = stages.iter().map(|&stage| breakdown.mean(stage).as_secs_f64()).sum::<f64>();
            let share = stages.iter().map(|&stage| breakdown.share(stage)).sum::<f64>();
            [Some(mean * 1e6), Some(share * 100.0)]
        });
        table.row(key, title, &values.collect::<Vec<_>>());
    };
    for stage in Stage::ALL {
        row(stage.name(), stage.name(), &[stage]);
    }
    let program = [Stage::Parse, Stage::Route, Stage::Validate, Stage::Handle, Stage::Serialize];
    row("program", "the program: all but read, query and write", &program);
    row("whole", "the whole request", &Stage::ALL);
    table.print();
}
