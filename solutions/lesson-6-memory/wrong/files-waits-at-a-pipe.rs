//! It opens as files are opened.
//!
//! Rejected by: `names::what_is_no_regular_file_is_not_found_and_not_waited_for`
//!
//! To open a pipe waits until somebody writes to it, and then one request for it stops the whole loop. With `NONBLOCK`
//! it does not wait; to a file it means nothing.
// ANCHOR: find
if name.split('/').any(|part| part == "..") {
    return Err(FileError::Forbidden);
}
let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
let file = openat2(&self.directory, name, flags, Mode::empty(), CONFINED).map_err(refused)?;
Found::new(File::from(file))
// ANCHOR_END: find
