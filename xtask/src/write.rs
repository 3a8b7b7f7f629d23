//! Files written so that a kill, a full disk or a second runner never leaves half of one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Replaces a file in one step: whoever looks sees the old text or the new, never a part.
///
/// The new text goes to a file beside it, to the disk, and then over the old name. A link is followed, permissions are
/// kept. The modification time is that of the rename, so that Cargo sees the change. Callers that may meet another
/// runner hold the workbook's lock: the file beside it has a fixed name, so that a killed runner leaves at most one.
///
/// # Errors
///
/// What the file system reports; the old file is then as it was.
pub fn atomically(path: &Path, text: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let beside = beside(&path);
    let written = write_beside(&path, &beside, text);
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written?;
    // The rename itself is on the disk once the folder is.
    File::open(folder)?.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".workbook-new");
    path.with_file_name(name)
}

fn write_beside(path: &Path, beside: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = File::create(beside)?;
    file.write_all(text)?;
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()?;
    fs::rename(beside, path)?;
    file.set_modified(SystemTime::now())
}
