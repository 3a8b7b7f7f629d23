//! Which names lead to a file.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;

use memory::files::{FileError, Root};
use rustix::fs::{CWD, FileType, Mode, RenameFlags, mknodat, renameat_with};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
use tempfile::TempDir;
use witness::rendezvous::WAIT_MAX;

use super::{descriptors, directory};

#[derive(Debug, PartialEq)]
enum Refused {
    NotFound,
    Forbidden,
}
use Refused::{Forbidden, NotFound};

#[track_caller]
fn refused(root: &Root, name: &str) -> Refused {
    match root.find(name) {
        Err(FileError::NotFound) => NotFound,
        Err(FileError::Forbidden) => Forbidden,
        other => panic!("`{}` gives {other:?}", name.escape_debug()),
    }
}

fn read(root: &Root, name: &str) -> Vec<u8> {
    let found = root.find(name).unwrap_or_else(|error| panic!("`{name}`: {error:?}"));
    let mut bytes = vec![0; found.length() as usize];
    assert_eq!(found.read_at(&mut bytes, 0).expect("it can be read"), bytes.len());
    bytes
}

#[test]
fn a_file_is_found_by_its_path_below_the_root() {
    let (directory, root) = directory("top.txt", b"top");
    fs::create_dir_all(directory.path().join("a/b c")).unwrap();
    fs::write(directory.path().join("a/b c/ünder..%2e"), b"below").unwrap();
    fs::write(directory.path().join("a/...."), b"dots").unwrap();
    assert_eq!(read(&root, "top.txt"), b"top");
    assert_eq!(read(&root, "./top.txt"), b"top");
    assert_eq!(read(&root, "a/...."), b"dots");
    assert_eq!(read(&root, "a/b c/ünder..%2e"), b"below", "a name is decoded already");
}

#[test]
fn what_is_not_there_is_not_found() {
    let (directory, root) = directory("file", b"");
    fs::create_dir(directory.path().join("a")).unwrap();
    let long = "x".repeat(300);
    let deep = "a/".repeat(3000);
    for name in ["", "missing", "a/missing", "file/below", "file/", "nul\0", "file\0", &long, &deep]
    {
        assert_eq!(refused(&root, name), NotFound, "`{}`", name.escape_debug());
    }
}

#[test]
fn no_name_leads_above_the_root() {
    let outer = TempDir::new().unwrap();
    let inner = outer.path().join("inner");
    fs::create_dir_all(inner.join("a")).unwrap();
    fs::write(outer.path().join("secret"), b"secret").unwrap();
    fs::write(inner.join("file"), b"inside").unwrap();
    let root = Root::open(&inner).unwrap();
    let absolute = outer.path().join("secret");
    let names = ["..", "/", "../secret", "a/../../secret", "../inner/../secret", "/etc/passwd"];
    for name in names.into_iter().chain(absolute.to_str()) {
        assert_eq!(refused(&root, name), Forbidden, "`{name}`");
    }
    // While others rename files, the kernel cannot always tell where these lead.
    for name in ["a/..", "a/../file", "../inner/file"] {
        assert_eq!(refused(&root, name), Forbidden, "`{name}`");
    }
}

#[test]
fn no_symbolic_link_is_followed() {
    let (directory, root) = directory("file", b"inside");
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("secret"), b"secret").unwrap();
    fs::create_dir(directory.path().join("a")).unwrap();
    fs::write(directory.path().join("a/file"), b"inside").unwrap();
    for (target, link) in [
        (outside.path().join("secret").as_path(), "to-file"),
        (outside.path(), "to-directory"),
        (Path::new("file"), "to-inside"),
        (Path::new("a"), "to-inside-directory"),
        (Path::new("to-file"), "to-link"),
        (Path::new("nowhere"), "to-nothing"),
    ] {
        symlink(target, directory.path().join(link)).unwrap();
    }
    let names =
        ["to-file", "to-directory/secret", "to-inside", "to-inside-directory/file", "to-link"];
    for name in names.into_iter().chain(["to-nothing"]) {
        assert_eq!(refused(&root, name), Forbidden, "`{name}`");
    }
}

#[test]
fn no_magic_link_and_no_other_file_system_is_entered() {
    let process = Root::open(Path::new("/proc/self")).unwrap();
    for name in ["exe", "cwd/Cargo.toml", "root/etc/passwd", "fd/0"] {
        assert_eq!(refused(&process, name), Forbidden, "`{name}`");
    }
    let all = Root::open(Path::new("/")).unwrap();
    assert_eq!(refused(&all, "proc/version"), Forbidden, "`/proc` is mounted below `/`");
    read(&Root::open(Path::new("/proc")).unwrap(), "version");
}

#[test]
fn what_is_no_regular_file_is_not_found_and_not_waited_for() {
    let (directory, root) = directory("file", b"");
    let path = directory.path();
    fs::create_dir(path.join("directory")).unwrap();
    let _listener = UnixListener::bind(path.join("socket")).unwrap();
    mknodat(CWD, path.join("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        for name in ["directory", "directory/", ".", "socket", "pipe"] {
            send.send((name, refused(&root, name))).expect("the test waits");
        }
        drop(root);
    });
    for _ in 0..5 {
        let (name, refused) = receive.recv_timeout(WAIT_MAX).expect("nobody writes to the pipe");
        assert_eq!(refused, NotFound, "`{name}`");
    }
    let devices = Root::open(Path::new("/dev")).unwrap();
    assert_eq!(refused(&devices, "null"), NotFound);
}

#[test]
fn what_may_not_be_read_is_forbidden() {
    let (directory, root) = directory("unreadable", b"secret");
    let path = directory.path();
    fs::create_dir(path.join("closed")).unwrap();
    fs::write(path.join("closed/file"), b"secret").unwrap();
    fs::set_permissions(path.join("unreadable"), Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(path.join("closed"), Permissions::from_mode(0o000)).unwrap();
    // The superuser may read everything; a thread of its own gives that up for itself alone.
    let both = thread::spawn(move || {
        let mut sets = capabilities(None).unwrap();
        sets.effective -= CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
        set_capabilities(None, sets).unwrap();
        ["unreadable", "closed/file"].map(|name| refused(&root, name))
    });
    assert_eq!(both.join().unwrap(), [Forbidden, Forbidden]);
    fs::set_permissions(path.join("closed"), Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn the_root_stays_the_directory_that_was_opened() {
    let outer = TempDir::new().unwrap();
    let path = outer.path().join("site");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("file"), b"old").unwrap();
    let root = Root::open(&path).unwrap();
    fs::rename(&path, outer.path().join("moved")).unwrap();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("file"), b"new").unwrap();
    assert_eq!(read(&root, "file"), b"old");
}

#[test]
fn a_root_is_a_directory_that_is_there() {
    let (directory, _root) = directory("file", b"");
    assert!(Root::open(&directory.path().join("missing")).is_err());
    assert!(Root::open(&directory.path().join("file")).is_err());
}

#[test]
fn a_link_that_is_swapped_in_at_any_moment_leads_nowhere() {
    let (directory, root) = directory("top", b"");
    let outside = TempDir::new().unwrap();
    let (real, link) = (directory.path().join("a"), directory.path().join("b"));
    fs::create_dir(&real).unwrap();
    fs::write(real.join("file"), b"inside").unwrap();
    fs::write(outside.path().join("file"), b"secret").unwrap();
    symlink(outside.path(), &link).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Relaxed) {
                renameat_with(CWD, &real, CWD, &link, RenameFlags::EXCHANGE).unwrap();
            }
        });
        let is_inside = |_| {
            let mut bytes = *b"inside";
            let read = root.find("a/file").map(|found| found.read_at(&mut bytes, 0));
            read.is_err() || &bytes == b"inside"
        };
        let inside = (0..5000).all(is_inside);
        over.store(true, Relaxed);
        assert!(inside, "the file outside was served");
    });
}

#[test]
fn no_descriptor_stays_open_and_none_is_inherited() {
    let (directory, root) = directory("file", b"contents");
    let path = directory.path();
    fs::create_dir(path.join("directory")).unwrap();
    let before = descriptors(path);
    for _ in 0..10 {
        let found = root.find("file").unwrap();
        let mapping = found.map().unwrap();
        assert!(descriptors(path) > before, "the count sees what is open");
        drop((found, mapping));
        assert_eq!([refused(&root, "directory"), refused(&root, "missing")], [NotFound, NotFound]);
    }
    assert_eq!(descriptors(path), before);
    drop(root);
    assert_eq!(descriptors(path), 0);
    let found = Root::open(path).unwrap().find("file").unwrap();
    let flags = rustix::io::fcntl_getfd(found.file()).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
}
