//! The book's one script, put together from the parts in `book/theme/script/`.
//!
//! Each part is a file that reads by itself; in the order of their names they stand in one function, so that they
//! share their names with each other and with nobody else. There are no modules, because pages are also opened from
//! files.

use crate::files;
use crate::problem::Problem;
use crate::sources::Sources;

/// The script's name beside the pages.
pub const FILE: &str = "book.js";

/// Where the parts are.
const FOLDER: &str = "book/theme/script";

/// The whole script.
///
/// # Errors
///
/// A part cannot be read, or there is none.
pub fn joined(sources: &Sources) -> Result<String, Problem> {
    let mut script = String::from("\"use strict\";\n(function () {\n");
    let mut parts = files::below(&sources.root().join(FOLDER));
    parts.sort();
    for part in &parts {
        let name = part.strip_prefix(sources.root()).unwrap_or(part).to_string_lossy().into_owned();
        let text = sources.read(&name).map_err(|error| Problem::in_file(&name, error))?;
        script.push_str(&text);
        script.push('\n');
    }
    if parts.is_empty() {
        return Err(Problem::in_file(FOLDER, "there is no script"));
    }
    script.push_str("})();\n");
    Ok(script)
}
