//! `{{#include}}`: lines of a file that is compiled and tested, as the reader should see them.
//!
//! A region stands between `// ANCHOR: name` and `// ANCHOR_END: name` (or the comment mark of the
//! file's language). Neither those lines are shown nor the comments for the runner that open a
//! region, `// TASK:`, `// STEP:`, `// GIVEN:` and `// HIDE`. The runner reads the same marks, more
//! strictly and only in Rust (`xtask::region`).

use crate::sources::Sources;
use crate::suggest;

/// How comments begin in the files that chapters include.
const COMMENT_MARKS: [&str; 5] = ["//", "#", "--", ";", "<!--"];

/// The words that open a region for the runner.
const RUNNER_WORDS: [&str; 4] = ["TASK:", "STEP:", "GIVEN:", "HIDE"];

/// The lines of a file, or of a region of it, without common indentation; each ends with a line
/// feed.
///
/// # Errors
///
/// The file cannot be read, or has no such region, or the region is empty, open or there twice.
pub fn lines(sources: &Sources, path: &str, anchor: Option<&str>) -> Result<String, String> {
    let text = sources.read(path)?;
    let kept = match anchor {
        Some(anchor) => region(&text, anchor).map_err(|error| format!("{error} in `{path}`"))?,
        None => shown(text.lines()),
    };
    if kept.iter().all(|line| line.trim().is_empty()) {
        return Err(match anchor {
            Some(anchor) => format!("anchor `{anchor}` is empty in `{path}` (it shows nothing)"),
            None => format!("`{path}` is empty (it shows nothing)"),
        });
    }
    Ok(dedent(&kept))
}

fn region<'a>(text: &'a str, wanted: &str) -> Result<Vec<&'a str>, String> {
    let starts: Vec<_> = marked(text, "ANCHOR:").filter(|(_, name)| *name == wanted).collect();
    let ends: Vec<_> = marked(text, "ANCHOR_END:").filter(|(_, name)| *name == wanted).collect();
    let (start, end) = match (&starts[..], &ends[..]) {
        ([(start, _)], [(end, _)]) if start < end => (*start, *end),
        ([], []) => {
            let mut known: Vec<_> = marked(text, "ANCHOR:").map(|(_, name)| name).collect();
            known.dedup();
            return Err(format!(
                "there is no anchor `{wanted}` {},",
                suggest::choice(wanted, known)
            ));
        }
        ([_], []) => return Err(format!("anchor `{wanted}` has no `ANCHOR_END: {wanted}`")),
        ([], [_]) => return Err(format!("anchor `{wanted}` ends but does not start")),
        ([_], [_]) => return Err(format!("anchor `{wanted}` ends before it starts")),
        _ => return Err(format!("anchor `{wanted}` stands there more than once")),
    };
    Ok(shown(text.lines().skip(start).take(end - start)))
}

/// The lines, counted from 0, whose comment is such a mark, with the name behind it.
fn marked<'a>(text: &'a str, mark: &str) -> impl Iterator<Item = (usize, &'a str)> {
    text.lines().enumerate().filter_map(move |(position, line)| {
        let rest = comment(line)?.strip_prefix(mark)?;
        Some((position, rest.split_whitespace().next().unwrap_or_default()))
    })
}

/// What a line says that is only a comment.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim();
    let mark = COMMENT_MARKS.iter().find(|mark| line.starts_with(**mark))?;
    Some(line[mark.len()..].trim_start())
}

/// The lines without the marks and the words for the runner.
fn shown<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut opening = false;
    lines
        .filter(|line| {
            let comment = comment(line).unwrap_or_default();
            let mark = comment.starts_with("ANCHOR:") || comment.starts_with("ANCHOR_END:");
            let word = RUNNER_WORDS.iter().any(|word| comment.starts_with(word));
            // A region may open with several such lines, and regions may open together.
            opening = comment.starts_with("ANCHOR:") || (opening && word);
            !(mark || opening)
        })
        .collect()
}

fn dedent(lines: &[&str]) -> String {
    let indent = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or_default();
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or_default();
    let last = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    lines[first..last]
        .iter()
        .flat_map(|line| [line.get(indent..).unwrap_or_default().trim_end(), "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
fn outer() {
    // ANCHOR: body
    // TASK: count
    // STEP: one

    let a = 1;

    // TASK: of somebody else
        // ANCHOR: inner
        // GIVEN: wrong/x.rs
        let b = 2;
        // ANCHOR_END: inner
    // ANCHOR_END: body
    // ANCHOR: empty
    // HIDE
    // ANCHOR_END: empty
    // ANCHOR: open
}
";

    #[test]
    fn a_region_is_shown_without_its_marks_and_indentation() {
        let body = region(FILE, "body").map(|lines| dedent(&lines));
        assert_eq!(
            body.as_deref(),
            Ok("let a = 1;\n\n// TASK: of somebody else\n    let b = 2;\n")
        );
        let inner = region(FILE, "inner").map(|lines| dedent(&lines));
        assert_eq!(inner.as_deref(), Ok("let b = 2;\n"));
    }

    #[test]
    fn a_region_that_cannot_be_shown_is_an_error() {
        assert_eq!(region(FILE, "open"), Err("anchor `open` has no `ANCHOR_END: open`".to_owned()));
        let missing = region(FILE, "boddy").map_err(|error| error.contains("did you mean `body`?"));
        assert_eq!(missing, Err(true));
        let twice = "# ANCHOR: a\nx\n# ANCHOR_END: a\n# ANCHOR: a\n# ANCHOR_END: a\n";
        assert_eq!(region(twice, "a"), Err("anchor `a` stands there more than once".to_owned()));
        let backwards = "# ANCHOR_END: a\nx\n# ANCHOR: a\n";
        assert_eq!(region(backwards, "a"), Err("anchor `a` ends before it starts".to_owned()));
    }

    #[test]
    fn an_empty_region_has_no_lines() {
        assert_eq!(region(FILE, "empty"), Ok(vec![]));
    }
}
