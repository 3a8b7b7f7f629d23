//! Guessing.

/// The number.
pub fn number() -> u32 {
    // ANCHOR: number
    // TASK: return the number
    42
    // ANCHOR_END: number
}
