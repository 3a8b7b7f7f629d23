//! It looks the key up, and then puts it in.
//!
//! Rejected by: some of `of_two_threads_that_ask_at_the_same_time_one_loads`,
//! `a_stampede_on_many_threads_does_so_too`
//!
//! Between the two the lock is free: another one may have looked, too, and then both lead. Look and insert under one lock;
//! `HashMap::entry` is made for that.
// ANCHOR: join
if let Some(load) = self.lock().get_mut(&key) {
    load.callers += 1;
    return Seat { flight: self, key, cell: Arc::clone(&load.cell) };
}
let cell = Arc::new(OnceCell::new());
self.lock().insert(key.clone(), Load { cell: Arc::clone(&cell), callers: 1 });
Seat { flight: self, key, cell }
// ANCHOR_END: join
