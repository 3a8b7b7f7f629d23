//! The body of a request, so that it lies behind its head.

use std::io::{Read, Write};

use super::session::{Session, Stop};
use super::{Refusal, Request};
use crate::request::{Body, Chunks, Head, Step};
use crate::response::Response;

/// What must be known of a head to read what belongs to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) head_bytes: usize,
    body: Body,
    expects_continue: bool,
}

impl Shape {
    pub(super) fn of(head: &Head<'_>) -> Self {
        Self { head_bytes: head.length, body: head.body, expects_continue: head.expects_continue }
    }
}

impl<S: Read + Write, H: FnMut(&Request<'_>, &mut Response)> Session<'_, S, H> {
    /// Reads until a request is whole, and its body behind the head, without its chunks. Returns how many bytes the two have.
    pub(super) fn read_body(&mut self, shape: Shape) -> Result<usize, Stop> {
        match shape.body {
            Body::Length(0) => Ok(shape.head_bytes),
            Body::Length(length) if length > self.limits.body_bytes as u64 => {
                Err(Refusal::BodyTooLong.into())
            }
            Body::Length(length) => {
                self.tell_to_go_on(shape);
                let whole = shape.head_bytes + length as usize;
                while self.input.unused().len() < whole {
                    self.read_more()?;
                }
                Ok(whole)
            }
            Body::Chunked => {
                self.tell_to_go_on(shape);
                self.read_chunks(shape)
            }
        }
    }

    /// A client may wait to hear that somebody wants its body, unless it has begun to send it already.
    fn tell_to_go_on(&mut self, shape: Shape) {
        if shape.expects_continue && self.input.unused().len() == shape.head_bytes {
            self.unwritten.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
    }

    /// The body grows behind the head, into the place of the chunks that it is taken from.
    fn read_chunks(&mut self, shape: Shape) -> Result<usize, Stop> {
        let mut chunks = Chunks::default();
        let (mut end, mut unread) = (shape.head_bytes, shape.head_bytes);
        loop {
            let bytes = self.input.unused();
            let mut rest = &bytes[unread..];
            let step = chunks.next(&mut rest)?;
            unread = bytes.len() - rest.len();
            match step {
                Step::Data(data) => {
                    let count = data.len();
                    self.input.move_down(unread - count, count, end);
                    end += count;
                    if end - shape.head_bytes > self.limits.body_bytes {
                        return Err(Refusal::BodyTooLong.into());
                    }
                }
                Step::Incomplete => {
                    self.input.cut_out(end, unread);
                    unread = end;
                    self.read_more()?;
                }
                Step::End => {
                    self.input.cut_out(end, unread);
                    return Ok(end);
                }
            }
        }
    }
}
