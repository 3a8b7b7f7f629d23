//! Whoever asks opens a load of its own.
//!
//! Rejected by: `x`
//!
//! The table has the newest load of a key, and nobody ever joins one: a thousand who ask at once are a thousand
//! questions. Look into the table first.
// ANCHOR: join
let cell = Arc::default();
self.lock().insert(key.clone(), Load { cell: Arc::clone(&cell), callers: 1 });
Seat { flight: self, key, cell }
// ANCHOR_END: join
