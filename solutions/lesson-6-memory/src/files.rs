//! Files that go out without being copied.
