//! One request, and the whole of its answer.

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use tokio::time::timeout;

use super::Shared;
use super::authority::Authority;
use super::connect::{Connect, Connection};
use super::dns::Resolve;
use super::error::{ClientError, Phase};
use super::message::{Request, Response};
use super::options::Options;
use super::target::Target;
use crate::pool::AcquireError;

/// What hyper sends.
type Message = hyper::Request<Full<Bytes>>;

/// An attempt that brought no answer.
pub(super) struct Failure {
    pub(super) error: ClientError,
    /// The other side cannot have done anything: not a byte was sent.
    pub(super) unsent: bool,
}

impl Failure {
    fn before(error: impl Into<ClientError>) -> Self {
        Self { error: error.into(), unsent: true }
    }

    fn after(error: impl Into<ClientError>) -> Self {
        Self { error: error.into(), unsent: false }
    }
}

impl From<AcquireError<ClientError>> for ClientError {
    fn from(error: AcquireError<ClientError>) -> Self {
        match error {
            AcquireError::TimedOut | AcquireError::CreateTimedOut => {
                Self::TimedOut(Phase::Connection)
            }
            AcquireError::Crowded => Self::Crowded,
            AcquireError::Closed | AcquireError::CreateLost => Self::Gone,
            AcquireError::Create(error) => error,
        }
    }
}

impl<R: Resolve, C: Connect> Authority<R, C> {
    /// Sends `request` once, over a connection of the pool's.
    pub(super) async fn exchange(
        &self,
        shared: &Shared<R, C>,
        request: &Request,
        target: &Target,
    ) -> Result<Response, Failure> {
        loop {
            let mut connection = self.pool.acquire().await.map_err(Failure::before)?;
            let kept = connection.used;
            let answer = connection.exchange(message(request, target), &shared.options).await;
            if shared.places.are_awaited() {
                connection.discard();
            }
            // another one, if a kept connection has failed that was closed while it was idle
            todo!("return the answer, or try another connection")
        }
    }
}

impl Connection {
    /// Dropped in the middle, or failed, it leaves a connection that is not reusable.
    async fn exchange(&mut self, message: Message, options: &Options) -> Result<Response, Failure> {
        (self.reusable, self.used) = (false, true);
        let asked = timeout(options.answer_max, self.ask(message)).await;
        let late = |_| Failure::after(ClientError::TimedOut(Phase::Answer));
        let (head, body) = asked.map_err(late)??.into_parts();
        let read = timeout(options.body_max, collect(body, options.body_bytes_max)).await;
        let late = |_| Failure::after(ClientError::TimedOut(Phase::Body));
        let body = read.map_err(late)?.map_err(Failure::after)?;
        // hyper takes no other request when one of both sides wants to close (RFC 9112 §9.3).
        self.reusable = self.sender.is_ready();
        Ok(Response { status: head.status, headers: head.headers, body })
    }

    async fn ask(&mut self, message: Message) -> Result<hyper::Response<Incoming>, Failure> {
        let asked = self.sender.try_send_request(message).await;
        asked.map_err(|mut refused| {
            // hyper gives back what it has not begun to send.
            let unsent = refused.take_message().is_some();
            Failure { error: refused.into_error().into(), unsent }
        })
    }
}

/// What stands on the wire: only the path, as to an origin server (RFC 9112 §3.2.1).
fn message(request: &Request, target: &Target) -> Message {
    let mut message = Message::new(Full::new(request.body.clone()));
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = target.path.clone();
    *message.headers_mut() = request.headers.clone();
    // Two that disagree about where a message ends are how requests are smuggled (RFC 9112 §11.2).
    message.headers_mut().remove(CONTENT_LENGTH);
    message.headers_mut().remove(TRANSFER_ENCODING);
    message.headers_mut().insert(HOST, target.host.clone());
    message
}

/// The whole body, if it is not too long. Trailers are left out.
async fn collect(mut body: Incoming, bytes_max: usize) -> Result<Bytes, ClientError> {
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(ClientError::TooLarge);
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if data.len() > bytes_max - whole.len() {
                return Err(ClientError::TooLarge);
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.freeze())
}
