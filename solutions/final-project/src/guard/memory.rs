//! Whether there is room in memory for what a client sends, and for its waiting.
//!
//! A body takes from the worker's budget as it comes: what is kept, and not what a client says that it will send, or a few
//! who promise much and send nothing would take the room of all. A little is taken before the first byte is asked for, so
//! that nobody is invited (`100 Continue`) when there is none. A request that has to wait takes a fixed weight. Who finds
//! no room is told to come again, and costs nothing more.

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes};
use solution_5_async_io::serve::Receiving;
use solution_6_memory::budget::{Admission, Budget};

use crate::message::Response;
use crate::problem::{problem, unavailable};

/// What a request takes while it waits: its future, its copy of what it asks for, its answer.
const WAITING: usize = 8 * 1024;
/// What is taken before a body comes.
const FIRST: usize = 16 * 1024;

/// Room for a request that waits.
///
/// # Errors
///
/// The answer for who finds none.
pub fn wait(budget: &Budget) -> Result<Admission, Response> {
    budget.try_admit(WAITING).map_err(|_| full())
}

/// Room for a body of `length` bytes, or one that does not say.
///
/// # Errors
///
/// The answer for who finds none, or sends too much.
pub fn begin(budget: &Budget, length: Option<u64>, limit: usize) -> Result<Admission, Response> {
    if length.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let first = length.map_or(FIRST, |length| FIRST.min(length as usize));
    budget.try_admit(WAITING + first).map_err(|_| full())
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
    let mut whole = Vec::new();
    let mut taken = admission.weight() - WAITING;
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
        if length > taken {
            admission.grow(length - taken).map_err(|_| full())?;
            taken = length;
        }
        if whole.is_empty() && body.is_end_stream() {
            // Most come in one piece, which is not copied.
            return Ok(data);
        }
        whole.extend_from_slice(&data);
    }
}

fn too_large(limit: usize) -> Response {
    problem(413, &format!("a body may have {limit} bytes"))
}

fn full() -> Response {
    unavailable("there is no memory for another request")
}
