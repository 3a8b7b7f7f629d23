#![allow(unused)] // delete when done
//! Files that go out without being copied by this process.
//!
//! # Map
//!
//! - [`Root`]: the directory, and the names that lead to a file below it.
//! - [`Found`]: an open file, what was true of it, and three ways to its bytes.
//! - [`Mapping`]: a file's pages in the address space, for the kernel alone.
//! - [`select()`]: which part of a file a request gets, if any (RFC 9110, sections 13 and 14).
//!
//! # Who copies what
//!
//! | way | copies by the processor | for |
//! | --- | --- | --- |
//! | [`Found::send`] (sendfile) | none: the socket refers to the page cache | whatever goes out as it is |
//! | [`Mapping::write_to`] | one, into the socket's buffers | bytes that go out in one call with others |
//! | [`Found::read_at`] and a write | two, by way of a buffer | who must see the bytes: TLS, compression, hashes |
//!
//! One copy less is not always faster: a small buffer that is kept stays in the processor's cache, and pages that are
//! mapped do not. The benchmark's group `files-ways` measures all three.
//!
//! Each may wait for the disk when a page is not in memory, whatever the socket's mode: a file has no "would block".
//!
//! # Files that change
//!
//! Replace a file by `rename`, never write into it: who has the old one open then sends the old one to its end. Of a
//! file that is written to in place a client may get some old bytes and some new; with `send` even bytes that the
//! socket has taken change until the peer has acknowledged them, for they are the page cache's. A file that becomes
//! shorter is an error in each way.

mod found;

mod mapping;

mod range;

mod root;

mod select;

mod tag;

pub use found::{Found, Sent};
pub use mapping::Mapping;
pub use root::{FileError, Root};
pub use select::{Conditions, Method, Selected, Validators, select};

/// Optional white space (RFC 9110, section 5.6.3).
const OWS: [char; 2] = [' ', '\t'];
