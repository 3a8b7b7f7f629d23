//! Goal: what the server's processes tell each other in shared memory is true, in whatever order the processor makes the
//! accesses visible.
//!
//! Method: loom runs two or three of them in every order that the memory model allows.
//! Not proven: databases, whose commits order more than a word does.

#[path = "shared_loom/coherence.rs"]
mod coherence;
#[path = "shared_loom/shelf.rs"]
mod shelf;
#[path = "shared_loom/word.rs"]
mod word;
