//! The book as it is served: finished pages in memory, and what is wrong with newer ones.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::Path;
use std::sync::Arc;

use hyper::body::Bytes;

use crate::files;

/// Stands for the edition's name in pages that are built for it; as long as a name.
pub(super) const UNNAMED: &str = "the-edition-name";

const HTML: &str = "text/html; charset=utf-8";

/// One state of the live book.
#[derive(Debug, Clone)]
pub(super) struct Edition {
    /// By path, `/lesson-1/frame.html`; nothing before the first build that succeeds.
    pub(super) pages: Option<Arc<HashMap<String, Page>>>,
    /// What tells it from others; the pages carry it too.
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

    /// A book that was built into a folder. Its name is made of what is in it, so that a build that changes nothing is
    /// the same edition; pages carry [`UNNAMED`] where the name goes.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        let mut digest = DefaultHasher::new();
        for file in files::below(folder) {
            let Ok(path) = file.strip_prefix(folder) else { continue };
            let content = std::fs::read(&file)?;
            (path, &content).hash(&mut digest);
            files.push((format!("/{}", path.to_string_lossy()), kind(path), content));
        }
        let name = format!("{:016x}", digest.finish());
        let named = files.into_iter().map(|(path, kind, content)| {
            let content = if kind == HTML { named(content, &name) } else { content };
            (path, Page { content: Bytes::from(content), kind })
        });
        Ok(Self { pages: Some(Arc::new(named.collect())), name, defects: None })
    }

    /// Whether a page would hear nothing new: the same pages, or the same reasons why there are no newer ones.
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

/// A page with the edition's name in its place, which is in its head.
fn named(mut page: Vec<u8>, name: &str) -> Vec<u8> {
    let place = page.windows(UNNAMED.len()).position(|part| part == UNNAMED.as_bytes());
    if let Some(place) = place {
        page[place..place + UNNAMED.len()].copy_from_slice(name.as_bytes());
    }
    page
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => HTML,
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
