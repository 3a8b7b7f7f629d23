//! What is known of a file: its length, its time, and its tag.

use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use memory::files::Root;
use tempfile::TempDir;
use witness::machine::skip;

use super::directory;

/// 1994-11-06 08:49:37 and a half.
const TIME: Duration = Duration::new(784_111_777, 500_000_000);

fn set_time(path: &Path, time: SystemTime) {
    File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
}

fn etag(root: &Root) -> String {
    root.find("file").unwrap().etag().to_owned()
}

#[test]
fn length_and_time_are_the_files() {
    let (directory, root) = directory("file", b"twelve bytes");
    set_time(&directory.path().join("file"), UNIX_EPOCH + TIME);
    let found = root.find("file").unwrap();
    assert_eq!((found.length(), found.modified()), (12, UNIX_EPOCH + TIME));
    let validators = found.validators();
    assert_eq!((validators.length, validators.modified), (found.length(), found.modified()));
    assert_eq!(validators.etag, found.etag());
}

#[test]
fn a_tag_is_strong_and_quoted_and_stays_as_long_as_the_file() {
    let (_directory, root) = directory("file", b"contents");
    let tag = etag(&root);
    let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).expect("it is quoted");
    assert!(!inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'));
    assert_eq!(etag(&root), tag);
}

/// Before Linux 6.13 the times of two changes are told apart only when there was a tick between them.
fn tick() {
    thread::sleep(Duration::from_millis(20));
}

#[test]
fn a_tag_changes_with_the_length_and_with_every_write() {
    let (directory, root) = directory("file", b"contents");
    let path = directory.path().join("file");
    let mut tags = vec![];
    for contents in ["contents", "sentence", "contents", "contents!"] {
        tick();
        fs::write(&path, contents).unwrap();
        // As it was unpacked from an archive.
        set_time(&path, UNIX_EPOCH + TIME);
        tags.push(etag(&root));
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "{tags:?}");
}

#[test]
fn a_tag_changes_when_other_files_take_the_name() {
    let (directory, root) = directory("file", b"old bytes");
    let path = directory.path().join("file");
    set_time(&path, UNIX_EPOCH + TIME);
    let mut tags = vec![etag(&root)];
    // The second one may get the inode of the first.
    for contents in ["new bytes", "own bytes"] {
        tick();
        let new = directory.path().join("new");
        fs::write(&new, contents).unwrap();
        set_time(&new, UNIX_EPOCH + TIME);
        fs::rename(&new, &path).unwrap();
        tags.push(etag(&root));
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3, "same length, same time, other bytes: {tags:?}");
}

#[test]
fn a_file_that_was_found_stays_what_it_was_when_another_takes_its_name() {
    let (directory, root) = directory("file", b"old bytes");
    let found = root.find("file").unwrap();
    let new = directory.path().join("new");
    fs::write(&new, b"new").unwrap();
    fs::rename(&new, directory.path().join("file")).unwrap();
    let mut bytes = [0; 9];
    assert_eq!(found.read_at(&mut bytes, 0).unwrap(), 9);
    assert_eq!(&bytes, b"old bytes");
}

#[test]
fn a_time_that_no_http_date_can_say_is_moved_to_one_that_it_can() {
    // Its times have 64 bits for the seconds; those of most disks have not.
    let Ok(directory) = TempDir::new_in("/dev/shm") else {
        return skip("there is no file system in memory at `/dev/shm`");
    };
    let path = directory.path().join("file");
    fs::write(&path, b"").unwrap();
    let root = Root::open(directory.path()).unwrap();
    set_time(&path, UNIX_EPOCH - Duration::from_millis(1));
    assert_eq!(root.find("file").unwrap().modified(), UNIX_EPOCH);
    let last = UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    set_time(&path, last + Duration::from_secs(1));
    assert_eq!(root.find("file").unwrap().modified(), last);
}
