//! A workspace in a temporary folder with the smallest book that builds.

#![allow(dead_code)] // every test file uses a part of it

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use book_server::book;
use tempfile::TempDir;

/// The workspace of the real book.
pub(crate) fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize();
    let package = package.expect("the package is where it was built");
    package.ancestors().nth(2).expect("the package is two folders below the root").to_owned()
}

/// Makes all files an hour old: a server that finds new ones builds again, as they may have changed meanwhile.
pub(crate) fn age(root: &Path) {
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    for file in book_server::files::below(root) {
        let file = fs::File::options().write(true).open(&file).expect("a file");
        file.set_modified(hour_ago).expect("it is ours");
    }
}

/// Writes a file as a careful editor does: nobody sees a half of it.
pub(crate) fn save(path: &Path, text: &str) {
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder).expect("a folder");
    let mut draft = tempfile::Builder::new().prefix(".").tempfile_in(folder).expect("a file");
    draft.write_all(text.as_bytes()).expect("it can be written");
    draft.persist(path).expect("it can be renamed");
}

/// A book that a test may break.
pub(crate) struct TinyBook {
    folder: TempDir,
}

impl TinyBook {
    /// One lesson with an exercise, a lab and a quiz, three chapters, a figure, a measurement, a file to
    /// include.
    pub(crate) fn new() -> Self {
        let book = Self { folder: TempDir::new().expect("a temporary folder") };
        let theme = workspace().join("book/theme");
        for file in book_server::files::below(&theme) {
            let name = file.strip_prefix(&theme).expect("it lies below").display().to_string();
            let text = fs::read_to_string(&file).expect("the theme is text");
            book.write(&format!("book/theme/{name}"), &text);
        }
        let config = fs::read_to_string(workspace().join("book/book.toml"));
        book.write("book/book.toml", &config.expect("the book is configured"));
        for (path, text) in FILES {
            book.write(path, text);
        }
        book
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        save(&self.root().join(path), text);
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).expect(path)
    }

    /// Puts text behind a file's own.
    pub(crate) fn append(&self, path: &str, text: &str) {
        self.write(path, &format!("{}\n{text}\n", self.read(path)));
    }

    /// Replaces text that is there.
    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{from}` is not in {path}");
        self.write(path, &text.replace(from, to));
    }

    /// Builds it and returns where the pages are, or what is wrong.
    pub(crate) fn build(&self) -> Result<PathBuf, String> {
        let pages = self.root().join("pages");
        let outcome = book::build(self.root(), &pages, None);
        outcome.result.map(|()| pages).map_err(|defects| defects.to_string())
    }

    /// A page of a build that must succeed.
    pub(crate) fn page(&self, name: &str) -> String {
        let pages = self.build().unwrap_or_else(|defects| panic!("the book builds: {defects}"));
        fs::read_to_string(pages.join(name)).expect(name)
    }
}

/// Compares without the line feeds that mdBook puts between tags.
#[track_caller]
pub(crate) fn assert_has(page: &str, parts: &[&str]) {
    let joined = |html: &str| html.replace("\n<", "<").replace(">\n", ">");
    let page = joined(page);
    for part in parts {
        assert!(page.contains(&joined(part)), "`{part}` is not in:\n{page}");
    }
}

/// The tiny book's own files.
const FILES: [(&str, &str); 11] = [
    (
        "lessons/workbook.toml",
        r#"[[lesson]]
number = 1
directory = "lesson-1-networking"
title = "Networking basics"
question = "How does a packet travel?"

[[lesson.exercise]]
id = "frame"
kind = "fill-in"
title = "Cut a stream into `frames`"
minutes = 40
hints = ["What does `read` return?", "Count the <bytes>."]
gate = { about = "1,000 frames", advice = "Read less often.", bar = 0.7 }

[[lesson.lab]]
id = "nagle"
title = "Write, write, read"
draw = "p50"
parameter = [{ name = "rounds", about = "exchanges", default = 100, min = 10, max = 10000 }]

[[coming]]
number = 2
title = "API lifecycle"
question = "What happens to a request?"
"#,
    ),
    (
        "book/src/SUMMARY.md",
        "# Summary\n\n[Tiny](index.md)\n\n# Lesson 1\n\n- [Networking](lesson-1/index.md)\n    \
         - [Frames](lesson-1/frame.md)\n\n# Coming\n\n- [Lesson 2]()\n",
    ),
    ("book/src/index.md", "# Tiny\n\n{{#figure boxes}}\n\n{{#coming}}\n"),
    ("book/src/lesson-1/index.md", "# Networking\n\n{{#lesson lesson-1}}\n"),
    (
        "book/src/lesson-1/frame.md",
        "# Frames\n\n## Cutting\n\nIt takes {{#value lesson-1/nagle:off.p50}} here.\n\n```rust\n\
         {{#include solutions/frame.rs:cut}}\n```\n\n{{#exercise lesson-1/frame}}\n\n{{#lab lesson-1/nagle}}\n\n\
         ## Check yourself\n\n{{#quiz lesson-1/frame}}\n",
    ),
    (
        "book/figures/boxes.svg",
        "<svg viewBox=\"0 0 9 9\">\n<title>Two boxes</title>\n\n<desc>A box.</desc>\n<rect class=\"node\"/>\n</svg>\n",
    ),
    (
        "book/quizzes/lesson-1/frame.toml",
        r#"[[question]]
id = "length"
kind = "single"
ask = "What does `Vec<u8>` *hold*?"
option = [
    { text = "Bytes.", right = true, why = "A `u8` is a byte." },
    { text = "Bits.", why = "Eight of them\nare one `u8`." },
]

[[question]]
id = "both"
kind = "multiple"
ask = "Which are numbers?"
option = [
    { text = "1", right = true, why = "It is one." },
    { text = "x", why = "It is a letter." },
    { text = "2", right = true, why = "It is two." },
]

[[question]]
id = "lines"
kind = "output"
ask = "What does it print?"
program = "book/quizzes/lesson-1/lines.rs"
option = [
    { text = "1\n\n<2>", right = true, why = "Two lines, with an empty one between." },
    { text = "12", why = "So it would be with `print!`." },
]

[[question]]
id = "steps"
kind = "order"
ask = "How does it begin?"
steps = [
    { text = "add", why = "First." },
    { text = "bind", why = "Second." },
    { text = "call", why = "Third." },
]
"#,
    ),
    (
        "book/quizzes/lesson-1/lines.rs",
        "fn main() {\n    println!(\"1\");\n\n    println!(\"\\n<2>\");\n}\n",
    ),
    (
        "book/recorded/lesson-1/nagle.json",
        r#"{"command": "cargo xtask lab lesson-1/nagle", "machine": {"cpu": "Sample", "cores": 2, "kernel": "6.18",
            "memory_gib": 24}, "date": "2026-11-23", "parameters": {"rounds": 100},
            "columns": [{"key": "p50", "title": "p50", "unit": "ms", "digits": 1}],
            "rows": [{"key": "off", "title": "off", "values": {"p50": 43.94}},
                     {"key": "on", "title": "on", "values": {"p50": null}}]}"#,
    ),
    (
        "solutions/frame.rs",
        "fn cut() {\n    // ANCHOR: cut\n    // TASK: cut\n    let n: Vec<u8> = read();\n\n    send(n);\n    \
         // ANCHOR_END: cut\n    // ANCHOR: empty\n    // ANCHOR_END: empty\n}\n",
    ),
    ("secret.txt", "nobody may read this\n"),
];
