//! Memory that several processes see.
//!
//! A `memfd` is a file that has no name and lives in memory. Whoever maps it with `MAP_SHARED` sees
//! the same pages. It is sealed against shrinking before anybody maps it: an access behind the end
//! of a mapped file is SIGBUS, and now the end cannot move.

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::mem::{align_of, size_of};
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fstat, ftruncate, memfd_create};

/// Types that several processes may have at the same place at the same time.
///
/// # Safety
///
/// `Self` is `repr(C)` or `repr(transparent)`, and all of it is atomic integers, or arrays and structs of
/// such: then every pattern of bits is a value, all zeros included; no value has an address in it,
/// which would mean nothing to another process; and a shared reference allows every change that
/// another process can make.
pub unsafe trait Plain: Sync {}

// SAFETY: there is nothing in it.
unsafe impl Plain for () {}
// SAFETY: an atomic integer.
unsafe impl Plain for std::sync::atomic::AtomicU64 {}
// SAFETY: `repr(transparent)` around an atomic integer.
unsafe impl Plain for super::Counter {}
// SAFETY: `repr(transparent)` around an atomic integer.
unsafe impl Plain for super::Gauge {}
// SAFETY: `repr(C)`, and all of it is atomic integers.
unsafe impl Plain for super::Histogram {}
// SAFETY: an array of what is plain.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// A `T` in shared memory, mapped into this process.
#[derive(Debug)]
pub struct Region<T> {
    memory: File,
    map: MmapRaw,
    holds: PhantomData<T>,
}

impl<T: Plain> Region<T> {
    /// Makes one, all zeros, that this process maps and its children can inherit. `name` is what
    /// `/proc/PID/maps` shows.
    ///
    /// # Errors
    ///
    /// What the kernel reports: no memory, or no descriptors.
    pub fn create(name: &str) -> io::Result<Self> {
        let memory = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&memory, size_of::<T>() as u64)?;
        fcntl_add_seals(&memory, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Self::open(memory)
    }

    /// Maps one that another process has made.
    ///
    /// # Errors
    ///
    /// `InvalidData` when it does not have the size of `T`, or could still be made shorter; else what the
    /// kernel reports.
    pub fn open(memory: OwnedFd) -> io::Result<Self> {
        // a mapping begins at a page, so it is aligned for every `T` that is used here
        // `fstat` tells the size, `rustix::fs::fcntl_get_seals` the seals; `MmapOptions::map_raw` maps a `File`
        todo!("map it, shared, if it has the size of `T`, and can never be made shorter")
    }
}

impl<T> AsFd for Region<T> {
    /// What a child inherits.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }
}

impl<T: Plain> Deref for Region<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: `open` has checked that the mapping is aligned and has the size of `T`, and that no process can shrink
        // the memory below it; it lives as long as `self`. Every pattern of bits is a `T`, and other
        // processes' changes are those that a shared reference allows, both by `Plain`.
        unsafe { &*self.map.as_ptr().cast::<T>() }
    }
}
