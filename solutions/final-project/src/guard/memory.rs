//! Whether there is room in memory for what a client sends, and for its waiting.
//!
//! A body takes from the worker's budget as it comes: what is kept, and not what a client says that it will send, or a few
//! who promise much and send nothing would take the room of all. A little is taken before the first byte is asked for, so
//! that nobody is invited (`100 Continue`) when there is none. A request that has to wait takes a fixed weight, from a part
//! of its own: bodies, however many, leave room for those who ask for little. Who finds no room is told to come again, and
//! costs nothing more.

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes};
use hyper::http::request::Parts;
use solution_5_async_io::serve::Receiving;
use solution_6_memory::budget::{Admission, Budget, Shed};

use crate::message::Response;
use crate::problem::{problem, unavailable};

/// What a request takes while it waits: its future, its copy of what it asks for, its answer.
const WAITING: usize = 8 * 1024;
/// What a field takes beside its bytes.
const FIELD: usize = 64;
/// What is taken before a body comes.
const FIRST: usize = 16 * 1024;

/// A worker's memory for what clients have begun.
#[derive(Debug)]
pub struct Memory {
    bodies: Budget,
    waiting: Budget,
}

impl Memory {
    /// So many bytes: a quarter for requests that wait, the rest for bodies.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let bodies = bodies(bytes);
        Self { bodies: Budget::new(bodies, 0), waiting: Budget::new(bytes - bodies, 0) }
    }

    /// How many bytes are taken.
    #[must_use]
    pub fn used(&self) -> usize {
        self.bodies.used() + self.waiting.used()
    }

    /// How many there are.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.bodies.limit() + self.waiting.limit()
    }
}

/// How many of so many bytes are for bodies.
#[must_use]
pub fn bodies(bytes: usize) -> usize {
    bytes - bytes / 4
}

/// Room for a request that waits.
///
/// # Errors
///
/// The answer for who finds none.
pub fn wait(memory: &Memory) -> Result<Admission, Response> {
    memory.waiting.try_admit(WAITING).map_err(|_| full())
}

/// Room for a body of `length` bytes, or one that does not say.
///
/// # Errors
///
/// The answer for who finds none, or sends too much.
pub fn begin(
    memory: &Memory,
    head: &Parts,
    length: Option<u64>,
    limit: usize,
) -> Result<Admission, Response> {
    if length.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let first = length.map_or(FIRST, |length| FIRST.min(length as usize));
    memory.bodies.try_admit(WAITING + weight(head) + first).map_err(refused)
}

/// What a head takes that is kept while its body comes.
fn weight(head: &Parts) -> usize {
    let fields = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD);
    head.uri.path().len() + fields.sum::<usize>()
}

/// All of a body.
///
/// # Errors
///
/// The answer for who sends too much, breaks off, or finds no room.
pub async fn collect(
    mut body: Receiving,
    admission: &mut Admission,
    limit: usize,
) -> Result<Bytes, Response> {
    let most = body.size_hint().exact().map_or(limit, |length| limit.min(length as usize));
    let first = if body.size_hint().exact().is_some() { FIRST.min(most) } else { FIRST };
    let (mut whole, mut taken) = (Vec::new(), first);
    loop {
        let frame =
            body.frame().await.transpose().map_err(|_| problem(400, "the body is not whole"))?;
        let Some(frame) = frame else { return Ok(whole.into()) };
        // Trailers mean nothing here.
        let Ok(data) = frame.into_data() else { continue };
        let length = whole.len() + data.len();
        if length > limit {
            return Err(too_large(limit));
        }
        if whole.is_empty() && body.is_end_stream() && length <= taken {
            // Most come in one piece, which is not copied.
            return Ok(data);
        }
        if length > taken {
            // Some more than needed, so that not each piece moves all that has come; and all that is taken is counted.
            let generous = (length + length / 2).min(most).max(length);
            let grow =
                |to: usize, admission: &mut Admission| admission.grow(to - taken).map(|()| to);
            let grown = grow(generous, admission).or_else(|_| grow(length, admission));
            taken = grown.map_err(refused)?;
        }
        whole.reserve_exact(taken - whole.len());
        whole.extend_from_slice(&data);
    }
}

fn too_large(limit: usize) -> Response {
    problem(413, &format!("a body may have {limit} bytes"))
}

fn refused(shed: Shed) -> Response {
    match shed {
        Shed::NeverFits => {
            problem(413, "the head and the body together are more than fits into memory")
        }
        Shed::NoRoom | Shed::TooManyWait => full(),
    }
}

fn full() -> Response {
    unavailable("there is no memory for another request")
}
