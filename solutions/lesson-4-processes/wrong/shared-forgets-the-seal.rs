//! The size is right, now.
//!
//! Rejected by: `memory_that_may_shrink_is_refused`
//!
//! Whoever has the descriptor can make the file shorter a moment later, and the next access behind its new end is SIGBUS. Only
//! a file that is sealed against shrinking keeps its size.
// ANCHOR: open
let size = u64::try_from(fstat(&memory)?.st_size).unwrap_or(0);
if size != size_of::<T>() as u64 {
    let message = format!("shared memory of {size} bytes, {} expected", size_of::<T>());
    return Err(io::Error::new(io::ErrorKind::InvalidData, message));
}
let memory = File::from(memory);
let map = MmapOptions::new().map_raw(&memory)?;
Ok(Self { memory, map, holds: PhantomData })
// ANCHOR_END: open
