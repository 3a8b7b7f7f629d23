//! It looks for `..`, and opens what is left.
//!
//! Rejected by: `names::a_link_that_is_swapped_in_at_any_moment_leads_nowhere`,
//! `names::no_magic_link_and_no_other_file_system_is_entered`, `names::no_name_leads_above_the_root`,
//! `names::no_symbolic_link_is_followed`
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
