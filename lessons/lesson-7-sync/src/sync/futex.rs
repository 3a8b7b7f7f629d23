//! A word on which threads sleep in the kernel.

use super::AtomicU32;

/// `futex(2)`: the kernel compares the word and puts the thread to sleep in one step, so no wake-up comes in between.
///
/// loom knows no system calls. With it, a lock and a condition variable take the kernel's place.
#[derive(Debug)]
pub(crate) struct Futex {
    word: AtomicU32,
    #[cfg(feature = "loom")]
    kernel: (super::Mutex<()>, super::Condvar),
}

impl Futex {
    /// The word itself, for what needs no kernel.
    #[inline]
    pub(crate) fn word(&self) -> &AtomicU32 {
        &self.word
    }
}

#[cfg(not(feature = "loom"))]
impl Futex {
    pub(crate) fn new(word: u32) -> Self {
        Self { word: AtomicU32::new(word) }
    }

    /// Sleeps until somebody wakes this thread, unless the word is another one than `expected`. May return without a
    /// reason: look again.
    pub(crate) fn wait_while(&self, expected: u32) {
        // `EAGAIN` says that it is another one, `EINTR` that a signal has come.
        let _ = rustix::thread::futex::wait(&self.word, PRIVATE, expected, None);
    }

    /// Wakes one of those that sleep, if there is one.
    pub(crate) fn wake_one(&self) {
        let _ = rustix::thread::futex::wake(&self.word, PRIVATE, 1);
    }
}

/// The word is in no memory that other processes map: the kernel need not find out which page it is.
#[cfg(not(feature = "loom"))]
const PRIVATE: rustix::thread::futex::Flags = rustix::thread::futex::Flags::PRIVATE;

#[cfg(feature = "loom")]
impl Futex {
    pub(crate) fn new(word: u32) -> Self {
        Self { word: AtomicU32::new(word), kernel: (super::Mutex::new(()), super::Condvar::new()) }
    }

    pub(crate) fn wait_while(&self, expected: u32) {
        let (bucket, awake) = &self.kernel;
        let held = bucket.lock().expect("nothing panics here");
        if self.word.load(std::sync::atomic::Ordering::SeqCst) == expected {
            drop(awake.wait(held).expect("nothing panics here"));
        }
    }

    pub(crate) fn wake_one(&self) {
        let (bucket, awake) = &self.kernel;
        let _held = bucket.lock().expect("nothing panics here");
        awake.notify_one();
    }
}
