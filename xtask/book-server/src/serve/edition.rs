//! The book as it is served: finished pages in memory, and what is wrong with newer ones.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use hyper::body::Bytes;

use crate::files;

/// One state of the live book.
#[derive(Debug, Clone)]
pub(super) struct Edition {
    /// By path, `/lesson-1/frame.html`; nothing before the first build that succeeds.
    pub(super) pages: Option<Arc<HashMap<String, Page>>>,
    /// The build that the pages come from; they carry it too.
    pub(super) name: String,
    /// Why there is no newer one.
    pub(super) defects: Option<String>,
}

/// A file of the book.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) content: Bytes,
    pub(super) kind: &'static str,
}

impl Edition {
    /// Before anything was built.
    pub(super) fn none() -> Self {
        Self { pages: None, name: String::new(), defects: None }
    }

    /// A book that was built into a folder.
    pub(super) fn read(folder: &Path, name: String) -> io::Result<Self> {
        let mut pages = HashMap::new();
        for file in files::below(folder) {
            let Ok(path) = file.strip_prefix(folder) else { continue };
            let kind = kind(path);
            let content = Bytes::from(std::fs::read(&file)?);
            pages.insert(format!("/{}", path.to_string_lossy()), Page { content, kind });
        }
        Ok(Self { pages: Some(Arc::new(pages)), name, defects: None })
    }

    /// Whether a page would hear nothing new: the build failed again, for the same reasons.
    pub(super) fn is_as(&self, last: &Self) -> bool {
        (&self.name, &self.defects) == (&last.name, &last.defects)
    }

    /// The file at a path of a request.
    pub(super) fn page(&self, path: &str) -> Option<&Page> {
        let pages = self.pages.as_ref()?;
        match path.ends_with('/') {
            true => pages.get(&format!("{path}index.html")),
            false => pages.get(path),
        }
    }
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
