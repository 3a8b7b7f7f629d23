//! A program that is started meanwhile inherits the file.
//!
//! Rejected by: `names::no_descriptor_stays_open_and_none_is_inherited`
//!
//! Without `CLOEXEC` each job and each new worker gets a copy of every file that is open at that moment, and keeps it.
//! Ask for it in the same call that opens: afterwards is too late.
// ANCHOR: find
if name.split('/').any(|part| part == "..") {
    return Err(FileError::Forbidden);
}
let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
let file = openat2(&self.directory, name, flags, Mode::empty(), CONFINED).map_err(refused)?;
Found::new(File::from(file))
// ANCHOR_END: find
