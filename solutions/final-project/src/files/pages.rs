//! A part of a file on its way out, window by window.
//!
//! The event loop must not wait for the disk. So a window is brought by the files' thread before it goes out, in one of two
//! ways: where the kernel alone looks at the bytes, its pages are brought into memory; where this process must, to encrypt
//! them, they are read into a buffer. The first window of a mapped file is there when the file is opened.

use std::future::{self, Future, poll_fn};
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use solution_6_memory::budget::Admission;
use solution_6_memory::buffers::Buffer;
use solution_6_memory::files::Mapping;

use super::Files;

/// How much is brought in at a time: some milliseconds of a fast disk, and of a fast network.
pub(super) const WINDOW: usize = 8 << 20;
/// How much is read at a time: four records of TLS.
pub(super) const READ: usize = 64 << 10;

/// The part that is still to be sent.
pub struct Pages {
    files: Rc<Files>,
    mapping: Arc<Mapping>,
    part: Range<usize>,
    /// The connection for which this process looks at the bytes, if it does.
    read: Option<u64>,
    coming: Option<Coming>,
}

type Coming = Pin<Box<dyn Future<Output = io::Result<Window>>>>;

/// Some of it, in memory.
pub enum Window {
    /// Only the kernel may look at it.
    Mapped {
        /// Where it is.
        mapping: Arc<Mapping>,
        /// Which bytes.
        part: Range<usize>,
    },
    /// A copy. The buffer goes before the room that it takes.
    Read {
        /// It is full of the window.
        buffer: Buffer,
        /// Of all buffers, and of its connection's, for as long as it is out.
        room: [Admission; 2],
    },
}

impl Pages {
    pub(super) fn new(
        files: Rc<Files>,
        mapping: Arc<Mapping>,
        part: Range<usize>,
        read: Option<u64>,
    ) -> Self {
        Self { files, mapping, part, read, coming: None }
    }

    /// How many bytes are still to be sent.
    #[must_use]
    pub fn length(&self) -> usize {
        self.part.len()
    }

    /// Waits for the next window, and keeps it: what cannot be sent is known before anything is.
    ///
    /// # Errors
    ///
    /// There is no window.
    pub async fn ready(&mut self) -> io::Result<()> {
        let window = poll_fn(|context| self.poll_window(context)).await?;
        self.coming = Some(Box::pin(future::ready(Ok(window))));
        Ok(())
    }

    /// The next window, when it is in memory.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Window>>> {
        if self.part.is_empty() {
            return Poll::Ready(None);
        }
        let window = ready!(self.poll_window(context));
        if let Err(cause) = &window {
            self.files.log.error(&format!("a file that is being sent ends too early: {cause}"));
        }
        self.part.start = self.next().end;
        Poll::Ready(Some(window))
    }

    /// What comes next.
    fn next(&self) -> Range<usize> {
        let most = if self.read.is_some() { READ } else { WINDOW };
        self.part.start..self.part.end.min(self.part.start + most)
    }

    fn poll_window(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Window>> {
        let (mapping, part) = (Arc::clone(&self.mapping), self.next());
        if self.read.is_none() && part.end <= WINDOW {
            return Poll::Ready(Ok(Window::Mapped { mapping, part }));
        }
        let coming = self.coming.get_or_insert_with(|| {
            let files = Rc::clone(&self.files);
            match self.read {
                Some(connection) => Box::pin(files.copy(mapping, part, connection)),
                None => Box::pin(files.bring(mapping, part)),
            }
        });
        let window = ready!(coming.as_mut().poll(context));
        self.coming = None;
        Poll::Ready(window)
    }
}

impl Window {
    /// The bytes.
    ///
    /// # Safety
    ///
    /// As [`Mapping::bytes`], if it is mapped.
    #[must_use]
    pub unsafe fn bytes(&self) -> &[u8] {
        match self {
            Self::Read { buffer, .. } => buffer,
            Self::Mapped { mapping, part } => {
                // SAFETY: the caller keeps the same promise.
                let bytes = unsafe { mapping.bytes() };
                &bytes[part.clone()]
            }
        }
    }
}
