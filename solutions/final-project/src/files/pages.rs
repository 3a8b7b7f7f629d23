//! A part of a mapped file on its way out.
//!
//! The event loop must not wait for the disk, so pages are brought into memory by the files' thread before they go out:
//! those at the beginning of a file when it is opened, the others window by window.

use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use solution_6_memory::files::Mapping;

use super::Files;

/// How much is brought in at a time: some milliseconds of a fast disk, and of a fast network.
pub(super) const WINDOW: usize = 8 << 20;

/// The part that is still to be sent.
pub struct Pages {
    files: Rc<Files>,
    mapping: Arc<Mapping>,
    part: Range<usize>,
    coming: Option<Coming>,
}

type Coming = Pin<Box<dyn Future<Output = io::Result<()>>>>;

/// Some of it, in memory. Only the kernel may look at it.
#[derive(Debug)]
pub struct Window {
    mapping: Arc<Mapping>,
    part: Range<usize>,
}

impl Pages {
    pub(super) fn new(files: Rc<Files>, mapping: Arc<Mapping>, part: Range<usize>) -> Self {
        Self { files, mapping, part, coming: None }
    }

    /// How many bytes are still to be sent.
    #[must_use]
    pub fn length(&self) -> usize {
        self.part.len()
    }

    /// The next window, when it is in memory.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Window>>> {
        if self.part.is_empty() {
            return Poll::Ready(None);
        }
        let part = self.part.start..self.part.end.min(self.part.start + WINDOW);
        if part.end > WINDOW {
            let (files, mapping) = (&self.files, &self.mapping);
            let begin = || -> Coming {
                Box::pin(Rc::clone(files).bring(Arc::clone(mapping), part.clone()))
            };
            let brought = ready!(self.coming.get_or_insert_with(begin).as_mut().poll(context));
            self.coming = None;
            if let Err(error) = brought {
                return Poll::Ready(Some(Err(error)));
            }
        }
        self.part.start = part.end;
        Poll::Ready(Some(Ok(Window { mapping: Arc::clone(&self.mapping), part })))
    }
}

impl Window {
    /// The bytes.
    ///
    /// # Safety
    ///
    /// As [`Mapping::bytes`].
    #[must_use]
    pub unsafe fn bytes(&self) -> &[u8] {
        // SAFETY: the caller keeps the same promise.
        let bytes = unsafe { self.mapping.bytes() };
        &bytes[self.part.clone()]
    }
}
