//! Whatever was handed over is mapped.
//!
//! Rejected by: `memory_of_another_size_is_refused`, `memory_that_may_shrink_is_refused`
//!
//! If the memory is smaller than `T`, or becomes smaller, whoever touches what is missing gets SIGBUS and dies. That cannot be
//! caught afterwards; it must be asked for before: the size with `fstat`, and the seal that keeps it.
// ANCHOR: open
let memory = File::from(memory);
let map = MmapOptions::new().map_raw(&memory)?;
Ok(Self { memory, map, holds: PhantomData })
// ANCHOR_END: open
