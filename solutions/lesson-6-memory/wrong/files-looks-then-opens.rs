//! It looks for `..`, and opens what is left.
//!
//! Rejected by: `x`
//!
//! A symbolic link has no `..` in its name and leads anywhere. Only the kernel can say where a name ends up, in the
//! same step in which it opens it: `openat2` with `CONFINED`.
// ANCHOR: find
if name.split('/').any(|part| part == "..") {
    return Err(FileError::Forbidden);
}
let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
let file = openat2(&self.directory, name, flags, Mode::empty(), ResolveFlags::empty());
Found::new(File::from(file.map_err(refused)?))
// ANCHOR_END: find
