//! `{{#figure}}`: a drawing in the page itself, so that it follows the theme.
//!
//! A figure is an SVG file below `book/figures/` that is drawn with the classes of
//! `book/theme/book.css` (listed at its top) and holds no style, script or link of its own. Its
//! `<title>` says what the picture shows to those who do not see it; its `<desc>`, if there is one,
//! becomes the caption. Groups with `data-at="kind lane:kind"` light up at such events of a trace that
//! plays in it.

use std::fmt::Write as _;

use crate::html::{self, Piece, Tag};
use crate::markup::escape;
use crate::sources::Sources;

/// What a figure must not hold: each would need a policy that allows more, or a second file.
const FORBIDDEN: [&str; 6] = ["script", "style", "image", "foreignobject", "iframe", "animate"];

/// The figure as HTML without an empty line, which would end it in Markdown.
///
/// # Errors
///
/// There is no such file, or it is not drawn as this module's docs say.
pub fn html(sources: &Sources, name: &str) -> Result<String, String> {
    let path = format!("book/figures/{name}.svg");
    let text = sources.read(&path)?;
    captioned(&text, name).map_err(|rule| format!("`{path}` {rule}"))
}

/// The figure's drawing alone, with ids that begin with `id`, and the words of its groups' `data-at`.
///
/// # Errors
///
/// As [`html`].
pub fn stations(sources: &Sources, name: &str, id: &str) -> Result<(String, Vec<String>), String> {
    let path = format!("book/figures/{name}.svg");
    let text = sources.read(&path)?;
    let drawing = drawn(&text, id).map_err(|rule| format!("`{path}` {rule}"))?;
    Ok((drawing.svg, drawing.stations))
}

fn captioned(text: &str, name: &str) -> Result<String, String> {
    let id = format!("figure-{name}");
    let Drawn { svg, description, .. } = drawn(text, &id)?;
    let caption = match description {
        Some(description) => format!("<figcaption>{}</figcaption>", escape(&description)),
        None => String::new(),
    };
    Ok(format!(
        "<figure class=\"drawing\" id=\"{id}\"><div class=\"scroll\">{svg}</div>{caption}</figure>"
    ))
}

/// A drawing as it stands in a page.
struct Drawn {
    svg: String,
    description: Option<String>,
    /// What its groups light up at.
    stations: Vec<String>,
}

fn drawn(text: &str, id: &str) -> Result<Drawn, String> {
    let mut drawing =
        Drawing { id, out: String::new(), title: None, description: None, stations: Vec::new() };
    let mut pieces = html::pieces(text);
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Open(tag) if tag.name == "title" && drawing.title.is_none() => {
                drawing.title = Some(content(&mut pieces, "title"));
            }
            Piece::Open(tag) if tag.name == "desc" && drawing.description.is_none() => {
                drawing.description = Some(content(&mut pieces, "desc"));
            }
            Piece::Open(tag) => drawing.open(tag)?,
            Piece::Close(_, raw) => drawing.out.push_str(raw),
            Piece::Text(text) => drawing.text(text),
            Piece::Other(_) => {}
        }
    }
    drawing.finish()
}

/// The text up to the end of the element.
fn content<'a>(pieces: &mut impl Iterator<Item = Piece<'a>>, name: &str) -> String {
    let inside = pieces
        .by_ref()
        .take_while(|piece| !matches!(piece, Piece::Close(closed, _) if *closed == name));
    let text: String = inside.map(|piece| html::text(piece.raw())).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

struct Drawing<'a> {
    /// Begins every id in it.
    id: &'a str,
    /// The SVG element, without its title and description.
    out: String,
    title: Option<String>,
    description: Option<String>,
    stations: Vec<String>,
}

impl Drawing<'_> {
    fn open(&mut self, tag: Tag<'_>) -> Result<(), String> {
        let root = self.out.is_empty();
        if root && tag.name != "svg" {
            return Err(format!("starts with `<{}>` (a figure is one `<svg>`)", tag.name));
        }
        if FORBIDDEN.contains(&tag.name.to_ascii_lowercase().as_str()) {
            return Err(format!("has a `<{}>` (figures use only the theme's classes)", tag.name));
        }
        if root && tag.attribute("viewBox").is_none() {
            return Err("has no `viewBox` (it takes the width of the page)".to_owned());
        }
        let _ = write!(self.out, "<{}", tag.name);
        for (attribute, value) in tag.attributes() {
            if !self.allowed(root, attribute, &value)? {
                continue;
            }
            let value = self.own(attribute, &value);
            if attribute == "data-at" {
                self.stations.extend(value.split_whitespace().map(str::to_owned));
            }
            let _ = write!(self.out, " {attribute}=\"{}\"", escape(&value));
        }
        if root {
            let id = self.id;
            let _ = write!(self.out, " role=\"img\" aria-labelledby=\"{id}-title\">");
            let _ = write!(self.out, "<title id=\"{id}-title\">\u{0}</title>");
        } else {
            self.out.push_str(if tag.raw.ends_with("/>") { "/>" } else { ">" });
        }
        Ok(())
    }

    /// Whether an attribute is kept.
    fn allowed(&self, root: bool, attribute: &str, value: &str) -> Result<bool, String> {
        if attribute.eq_ignore_ascii_case("style")
            || attribute.to_ascii_lowercase().starts_with("on")
        {
            return Err(format!(
                "has an attribute `{attribute}` (figures use only the theme's classes)"
            ));
        }
        if attribute.ends_with("href") && !value.starts_with('#') {
            return Err(format!("refers to `{value}` (a figure refers only to itself, `#name`)"));
        }
        // The page decides on the size, and HTML knows what an `<svg>` is.
        let dropped = ["width", "height", "role", "aria-labelledby", "aria-describedby", "version"];
        Ok(!(root && dropped.contains(&attribute) || attribute.starts_with("xmlns")))
    }

    /// A figure's names get its own name in front: several figures may stand on a page.
    fn own(&self, attribute: &str, value: &str) -> String {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        match attribute {
            "id" => format!("{}-{value}", self.id),
            _ if attribute.ends_with("href") => format!("#{}-{}", self.id, &value[1..]),
            _ => value.replace("url(#", &format!("url(#{}-", self.id)),
        }
    }

    fn text(&mut self, text: &str) {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.out.is_empty() || words.is_empty() {
            return;
        }
        // Between two runs of a line of text a space counts.
        let space =
            |side: Option<char>| if side.is_some_and(char::is_whitespace) { " " } else { "" };
        let (head, tail) = (space(text.chars().next()), space(text.chars().next_back()));
        let _ = write!(self.out, "{head}{words}{tail}");
    }

    fn finish(self) -> Result<Drawn, String> {
        if self.out.is_empty() {
            return Err("has no `<svg>` (a figure is one `<svg>`)".to_owned());
        }
        let Some(title) = self.title.filter(|title| !title.is_empty()) else {
            return Err(
                "has no `<title>` (say what it shows to those who do not see it)".to_owned()
            );
        };
        let svg = self.out.replacen('\u{0}', &escape(&title), 1);
        Ok(Drawn { svg, description: self.description, stations: self.stations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_labelled_captioned_and_its_names_are_its_own() {
        let svg = "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\" width=\"9\">
  <title>Two boxes</title>
  <desc>A box
  &amp; a box.</desc>

  <marker id=\"head\"><path d=\"M0,0\n L1,1\"/></marker>
  <path class=\"edge\" marker-end=\"url(#head)\"/><text>a <tspan>b</tspan></text>
</svg>";
        let html = captioned(svg, "boxes").expect("this is how figures are drawn");
        assert_eq!(
            html,
            "<figure class=\"drawing\" id=\"figure-boxes\"><div class=\"scroll\">\
             <svg viewBox=\"0 0 9 9\" role=\"img\" aria-labelledby=\"figure-boxes-title\">\
             <title id=\"figure-boxes-title\">Two boxes</title>\
             <marker id=\"figure-boxes-head\"><path d=\"M0,0 L1,1\"/></marker>\
             <path class=\"edge\" marker-end=\"url(#figure-boxes-head)\"/><text>a <tspan>b</tspan></text></svg></div>\
             <figcaption>A box &amp; a box.</figcaption></figure>"
        );
    }

    #[test]
    fn a_figure_brings_no_style_script_or_link() {
        for (inside, word) in [
            ("<style>a{}</style>", "<style>"),
            ("<script/>", "<script>"),
            ("<path style=\"fill:red\"/>", "`style`"),
            ("<path onclick=\"x\"/>", "`onclick`"),
            ("<use href=\"other.svg#a\"/>", "refers to `other.svg#a`"),
        ] {
            let svg = format!("<svg viewBox=\"0 0 1 1\"><title>t</title>{inside}</svg>");
            let error = captioned(&svg, "bad").expect_err(inside);
            assert!(error.contains(word), "{error}");
        }
        assert!(
            captioned("<svg><title>t</title></svg>", "bad")
                .is_err_and(|error| error.contains("viewBox"))
        );
        assert!(
            captioned("<svg viewBox=\"0 0 1 1\"></svg>", "bad")
                .is_err_and(|error| error.contains("<title>"))
        );
        assert!(captioned("", "bad").is_err_and(|error| error.contains("<svg>")));
    }
}
