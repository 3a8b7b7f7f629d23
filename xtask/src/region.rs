//! Marked regions of a source file: what the learner writes, and what stands there instead.
//!
//! A region lies between the comments `ANCHOR: name` and `ANCHOR_END: name`, which are mdBook's own. A directive
//! in the lines behind `ANCHOR` makes it a part of the exercise:
//!
//! | directive | in the starter |
//! | --- | --- |
//! | `// TASK: text` | `todo!("text")` |
//! | `// STEP: text`, behind a task | a comment above the `todo!` |
//! | `// GIVEN: path` | the region of the same name in that file, relative to the reference's package |
//! | `// HIDE` | nothing |
//!
//! A region without a directive is there for the book; in the starter only its markers are gone.

/// A source file cut into plain lines and regions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A line outside of every region.
    Line(&'a str),
    /// A region; regions do not nest.
    Region(Region<'a>),
}

/// One marked region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region<'a> {
    /// Its name behind `ANCHOR:`.
    pub name: &'a str,
    /// The white space before its first marker.
    pub indent: &'a str,
    /// What the starter has in its place.
    pub directive: Directive<'a>,
    /// The lines between the markers, without the directive.
    pub body: Vec<&'a str>,
}

/// What a region becomes in the starter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Directive<'a> {
    /// Itself.
    Keep,
    /// A `todo!` with this text, below these comments.
    Task(&'a str, Vec<&'a str>),
    /// The region of the same name in this file.
    Given(&'a str),
    /// Nothing.
    Hide,
}

/// A mistake in the markers: a line number, from 1, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl MarkerError {
    fn new(index: usize, message: impl Into<String>) -> Self {
        Self { line: index + 1, message: message.into() }
    }
}

/// The text behind `// KEY:` on a line that has nothing else.
fn comment<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    Some(line.trim().strip_prefix("//")?.trim_start().strip_prefix(key)?.trim())
}

/// Cuts a source file at its markers.
///
/// # Errors
///
/// Markers that do not match, a region in a region, two regions of one name, a task without text.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, MarkerError> {
    let lines: Vec<&str> = text.lines().collect();
    let mut pieces = Vec::new();
    let mut names = Vec::new();
    let mut index = 0;
    while index < lines.len() {
        let line = lines[index];
        if let Some(name) = comment(line, "ANCHOR:") {
            if names.contains(&name) {
                return Err(MarkerError::new(index, format!("region `{name}` stands here twice")));
            }
            names.push(name);
            let (region, end) = region(&lines, index, name)?;
            pieces.push(Piece::Region(region));
            index = end;
        } else if comment(line, "ANCHOR_END:").is_some() {
            return Err(MarkerError::new(index, "`ANCHOR_END` without its `ANCHOR`"));
        } else {
            pieces.push(Piece::Line(line));
            index += 1;
        }
    }
    Ok(pieces)
}

/// The region that opens at `start`, and the index of the line behind it.
fn region<'a>(
    lines: &[&'a str],
    start: usize,
    name: &'a str,
) -> Result<(Region<'a>, usize), MarkerError> {
    let opening = lines[start];
    let indent = &opening[..opening.len() - opening.trim_start().len()];
    let (directive, body_start) = directive(lines, start + 1)?;
    for (index, line) in lines.iter().enumerate().skip(body_start) {
        if comment(line, "ANCHOR:").is_some() {
            let message = format!("a region inside region `{name}` (regions do not nest)");
            return Err(MarkerError::new(index, message));
        }
        if let Some(end) = comment(line, "ANCHOR_END:") {
            if end != name {
                let message = format!("region `{name}` ends as `{end}`");
                return Err(MarkerError::new(index, message));
            }
            let body = lines[body_start..index].to_vec();
            return Ok((Region { name, indent, directive, body }, index + 1));
        }
    }
    Err(MarkerError::new(start, format!("region `{name}` has no end")))
}

/// The directive at the head of a region, and the index of the first line of its body.
fn directive<'a>(lines: &[&'a str], start: usize) -> Result<(Directive<'a>, usize), MarkerError> {
    let line = lines.get(start).copied().unwrap_or("");
    if let Some(task) = comment(line, "TASK:") {
        if task.is_empty() {
            return Err(MarkerError::new(start, "a task without text"));
        }
        let steps: Vec<_> =
            lines[start + 1..].iter().map_while(|line| comment(line, "STEP:")).collect();
        let body_start = start + 1 + steps.len();
        return Ok((Directive::Task(task, steps), body_start));
    }
    if let Some(path) = comment(line, "GIVEN:") {
        return Ok((Directive::Given(path), start + 1));
    }
    if comment(line, "HIDE") == Some("") {
        return Ok((Directive::Hide, start + 1));
    }
    Ok((Directive::Keep, start))
}

/// The file without markers and directives: the reference as a reader wants to see it.
///
/// # Errors
///
/// As [`pieces`].
pub fn without_markers(text: &str) -> Result<String, MarkerError> {
    replaced(text, |region| Some(region.body.iter().map(|&line| line.to_owned()).collect()))
}

/// The file with every region replaced by what `replace` makes of it; `None` keeps its body.
///
/// # Errors
///
/// As [`pieces`].
pub fn replaced(
    text: &str,
    mut replace: impl FnMut(&Region<'_>) -> Option<Vec<String>>,
) -> Result<String, MarkerError> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces(text)? {
        match piece {
            Piece::Line(line) => lines.push(line.to_owned()),
            Piece::Region(region) => match replace(&region) {
                Some(replacement) => lines.extend(replacement),
                None => lines.extend(region.body.iter().map(|&line| line.to_owned())),
            },
        }
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

/// Lines moved so that the least indented stands at `indent`.
#[must_use]
pub fn reindented(lines: &[&str], indent: &str) -> Vec<String> {
    let written = |line: &&&str| !line.trim().is_empty();
    let width = |line: &&str| line.len() - line.trim_start().len();
    let common = lines.iter().filter(written).map(width).min().unwrap_or(0);
    let moved = |line: &&str| match line.get(common..) {
        Some(rest) if !rest.trim().is_empty() => format!("{indent}{rest}"),
        _ => String::new(),
    };
    lines.iter().map(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_cut_out_with_their_directives() {
        let text = "a\n    // ANCHOR: x\n    // TASK: do it\n    // STEP: first\n    body\n    // ANCHOR_END: x\nb\n";
        let region = Region {
            name: "x",
            indent: "    ",
            directive: Directive::Task("do it", vec!["first"]),
            body: vec!["    body"],
        };
        assert_eq!(
            pieces(text).unwrap(),
            [Piece::Line("a"), Piece::Region(region), Piece::Line("b")]
        );
        assert_eq!(without_markers(text).unwrap(), "a\n    body\nb\n");
    }

    #[test]
    fn markers_that_do_not_match_are_errors_with_their_line() {
        let cases = [
            ("// ANCHOR: a\nx\n", 1, "region `a` has no end"),
            ("x\n// ANCHOR_END: a\n", 2, "`ANCHOR_END` without its `ANCHOR`"),
            ("// ANCHOR: a\n// ANCHOR_END: b\n", 2, "region `a` ends as `b`"),
            ("// ANCHOR: a\n// ANCHOR: b\n", 2, "a region inside region `a` (regions do not nest)"),
            ("// ANCHOR: a\n// TASK:\n// ANCHOR_END: a\n", 2, "a task without text"),
            (
                "// ANCHOR: a\n// ANCHOR_END: a\n// ANCHOR: a\n// ANCHOR_END: a",
                3,
                "region `a` stands here twice",
            ),
        ];
        for (text, line, message) in cases {
            assert_eq!(pieces(text), Err(MarkerError { line, message: message.to_owned() }));
        }
    }

    #[test]
    fn lines_move_to_an_indentation() {
        assert_eq!(reindented(&["  a", "", "    b"], "        "), ["        a", "", "          b"]);
    }
}
