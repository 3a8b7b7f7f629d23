//! A lack of descriptors ends the loop.
//!
//! Rejected by: `accept::a_lack_of_descriptors_passes`, `accept::without_descriptors_it_rests_between_two_tries`,
//! `errors::whatever_the_system_lacks_passes_and_it_rests_meanwhile`
//!
//! `EMFILE` says that this process has no descriptor left *now*. Connections end all the time, and each gives one back. A
//! server that ends because ten thousand clients came at once is easy to attack. The listener is in order: rest a little,
//! and try again; what waits in the kernel's queue is not lost.
// ANCHOR: trouble
match Errno::from_io_error(error) {
    Some(Errno::NOBUFS | Errno::NOMEM) => Self::Passing,
    Some(Errno::MFILE | Errno::NFILE | Errno::BADF | Errno::INVAL | Errno::NOTSOCK | Errno::OPNOTSUPP) => Self::Lasting,
    _ => Self::OneConnection,
}
// ANCHOR_END: trouble
