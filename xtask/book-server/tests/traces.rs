//! Goal: a trace becomes a picture, a caption and a list that say all of it; what is wrong with one is said; and
//! every trace that the book keeps can be shown.
//!
//! Method: a tiny book with a tiny trace is built, and its page or the list of defects is read; the real traces are
//! drawn. How the picture looks, and that it plays in a browser, is not shown here.

mod tiny_book;

use std::collections::BTreeSet;

use book_server::files;
use book_server::html::{self, Piece};
use book_server::trace;
use tiny_book::{TinyBook, assert_has};
use xtask::trace::Recorded;
use xtask::workbook::Workbook;

const CHAPTER: &str = "book/src/lesson-1/frame.md";
const PAGE: &str = "lesson-1/frame.html";
const KEPT: &str = "book/traces/lesson-1/call.jsonl";

const TRACE: &str = r#"{"title":"A call","command":"cargo xtask trace lesson-1/call","machine":{"cpu":"Sample <CPU>","cores":2,"kernel":"6.18","memory_gib":24},"date":"2026-11-23","parameters":{"bytes":16},"lanes":[{"name":"client","kernel":false},{"name":"kernel","kernel":true},{"name":"other side","kernel":true}],"gauges":[{"key":"queue","title":"the queue","unit":"B","max":4000}]}
{"at":0,"lane":"client","to":"kernel","kind":"write","text":"a `write` of <16>","gauges":{"queue":1000}}
{"at":44000000,"lane":"kernel","to":"other side","kind":"segment","text":"it leaves","gauges":{"queue":0}}
{"at":44000100,"lane":"other side","kind":"dropped","text":"lost","bad":true,"gauges":{}}
"#;

/// A tiny book with a trace, and a chapter that shows it in that way.
fn book(directive: &str) -> TinyBook {
    let book = TinyBook::new();
    book.replace(
        "lessons/workbook.toml",
        "[[coming]]",
        "[[lesson.trace]]\nid = \"call\"\ntitle = \"A call\"\n\
         parameter = [{ name = \"bytes\", about = \"how `many`\", default = 16, min = 1, max = 4096 }]\n\n[[coming]]",
    );
    book.write(KEPT, TRACE);
    book.append(CHAPTER, directive);
    book
}

#[test]
fn a_trace_is_a_picture_a_caption_and_a_list() {
    assert_has(
        &book("{{#trace lesson-1/call}}").page(PAGE),
        &[
            "<workbook-figure class=\"trace\" id=\"trace-lesson-1-call\" data-trace=\"lesson-1/call\"><div class=\"shown\">",
            "role=\"img\" aria-labelledby=\"trace-lesson-1-call-title\"><title id=\"trace-lesson-1-call-title\">A call, \
             drawn as a sequence of 3 events; below they are listed in words.</title>",
            "<figcaption><strong>A call.</strong> Recorded with <code>cargo xtask trace lesson-1/call</code> on \
             <time datetime=\"2026-11-23\">2026-11-23</time>: Sample &lt;CPU&gt;, 2 cores, 24 GiB, Linux 6.18, bytes 16.",
            "<summary>The same in words: 3 events</summary><ol><li><span class=\"when\">0</span> \
             <span class=\"who\">client → kernel:</span> a <code>write</code> of &lt;16&gt; \
             <span class=\"levels\">(the queue 1000 B)</span></li>",
            "<li><strong>44.0\u{a0}ms later:</strong> <span class=\"when\">44.0\u{a0}ms</span>",
            "<span class=\"who\">other side:</span> lost</li></ol></details></div>",
            "cargo xtask trace lesson-1/call</code></pre></div><dl><div data-parameter=\"bytes\" data-default=\"16\" data-min=\"1\" data-max=\"4096\"><dt><code>--set bytes=16</code></dt>\
             <dd>how <code>many</code>, from 1 to 4,096</dd></div></dl></details></workbook-figure>",
        ],
    );
}

#[test]
fn an_event_is_a_row_with_its_number_time_arrow_text_and_bars() {
    let page = book("{{#trace lesson-1/call}}").page(PAGE);
    assert_eq!(page.matches("<g class=\"row").count(), 3, "{page}");
    assert_has(
        &page,
        &[
            "<g class=\"row\" data-lane=\"client\" data-kind=\"write\" data-at=\"0\">",
            "<tspan class=\"mono\">write</tspan> of &lt;16&gt;</text>",
            "<text class=\"level\"",
            ">1,000</text>",
            // From the kernel to the kernel goes over the network; from a program it is a call.
            "<path class=\"edge\"",
            "<path class=\"wire\"",
            "<g class=\"row lost\" data-lane=\"other side\" data-kind=\"dropped\" data-at=\"44000100\">",
            "<g class=\"pause\">",
            ">44.0 ms pass</text>",
        ],
    );
    // A quarter of the full bar, and no bar for nothing.
    let width = |class: &str| {
        let bars = html::pieces(&page).filter_map(|piece| match piece {
            Piece::Open(tag) if tag.has_class(class) => tag.attribute("width")?.parse::<f64>().ok(),
            _ => None,
        });
        bars.collect::<Vec<_>>()
    };
    let (track, filled) = (width("track"), width("filled"));
    assert_eq!((track.len(), filled.len()), (2, 1));
    assert!((filled[0] / track[0] - 0.25).abs() < 0.01, "{track:?} {filled:?}");
}

#[test]
fn a_figure_lights_up_where_it_says() {
    let book = book("{{#trace lesson-1/call figure=boxes}}");
    let figure = |at: &str| {
        format!(
            "<svg viewBox=\"0 0 9 9\"><title>Two</title><g id=\"a\" data-at=\"{at}\"><rect/></g></svg>"
        )
    };
    book.write("book/figures/boxes.svg", &figure("write kernel:segment"));
    assert_has(
        &book.page(PAGE),
        &[
            "<div class=\"stage drawing\"><div class=\"scroll\"><svg viewbox=\"0 0 9 9\" role=\"img\" \
             aria-labelledby=\"trace-lesson-1-call-stage-title\">",
            "<g id=\"trace-lesson-1-call-stage-a\" data-at=\"write kernel:segment\">",
        ],
    );
    for (svg, rule) in [
        (
            figure("writes"),
            "figure `boxes` waits for `writes`, which does not happen in this trace",
        ),
        (figure("client:segment"), "figure `boxes` waits for `client:segment`"),
        (figure(""), "figure `boxes` has no `data-at`"),
        ("<svg/>".to_owned(), "`book/figures/boxes.svg` has no `viewBox`"),
    ] {
        book.write("book/figures/boxes.svg", &svg);
        let defects = book.build().expect_err(rule);
        assert!(defects.contains(rule), "{defects}");
    }
}

#[test]
fn each_mistake_of_the_directive_names_its_rule() {
    for (directive, rule) in [
        ("{{#trace}}", "malformed directive (write `{{#trace lesson-1/nagle}}`"),
        ("{{#trace call}}", "`call` is not allowed (a lesson and a name: `lesson-1/frame`)"),
        (
            "{{#trace lesson-1/call boxes}}",
            "malformed directive (write `{{#trace lesson-1/nagle}}`",
        ),
        ("{{#trace lesson-1/call figure=../boxes}}", "malformed directive"),
        ("{{#trace lesson-1/call figure=boxes more}}", "malformed directive"),
        ("{{#trace lesson-1/call figure=boxs}}", "there is no file `book/figures/boxs.svg`"),
        ("{{#trace lesson-1/cal}}", "there is no trace `cal` in lesson-1 (did you mean `call`?"),
        ("{{#trace lesson-2/call}}", "there is no lesson `lesson-2`"),
        ("`{{#trace lesson-1/call}}`", "it stands in code"),
        (
            "{{#trace lesson-1/call}}\n\n{{#trace lesson-1/call}}",
            "it is already shown by `lesson-1/frame.md`",
        ),
        ("", "trace `lesson-1/call` is in no chapter (show it with `{{#trace lesson-1/call}}`)"),
    ] {
        let defects = book(directive).build().expect_err(rule);
        assert!(defects.contains(rule), "{directive}: {defects}");
    }
}

#[test]
fn each_mistake_of_a_trace_names_its_line_and_the_remedy() {
    for (from, to, rule) in [
        (
            "\"lane\":\"kernel\",\"to\"",
            "\"lane\":\"network\",\"to\"",
            "line 3: there is no lane `network`",
        ),
        ("\"at\":44000100", "\"at\":44", "line 4: time 44 (it begins with 0 and does not go back)"),
        ("{\"queue\":0}", "{\"line\":0}", "line 3: there is no gauge `line`"),
        ("\"title\":\"A call\"", "\"title\":\"A letter\"", "was recorded as `A letter`"),
        ("2026-11-23", "23.11.2026", "date `23.11.2026` is not of the form"),
        ("\"machine\"", "\"engine\"", "line 1: missing field `machine`"),
        (
            "{\"name\":\"client\",\"kernel\":false}",
            "{\"name\":\"client\",\"kernel\":false},{\"name\":\"incomprehensible\",\"kernel\":false}",
            "lane `incomprehensible` is too wide (words of at most 10 letters)",
        ),
    ] {
        let book = book("{{#trace lesson-1/call}}");
        book.replace(KEPT, from, to);
        let defects = book.build().expect_err(rule);
        assert!(defects.contains(rule) && defects.contains(KEPT), "{defects}");
        assert!(defects.contains("record it with `cargo xtask measure traces`"), "{defects}");
    }
    let book = book("{{#trace lesson-1/call}}");
    book.write(KEPT, TRACE.lines().next().expect("a first line"));
    assert!(book.build().is_err_and(|defects| defects.contains("it has 0 events (1 to 500)")));
    std::fs::remove_file(book.root().join(KEPT)).expect("it was there");
    let defects = book.build().expect_err("nothing was recorded");
    assert!(defects.contains("record it with `cargo xtask measure traces`"), "{defects}");
}

/// Every trace that the book keeps: its name, and its text.
fn kept() -> Vec<(String, String)> {
    let folder = tiny_book::workspace().join("book/traces");
    let named = |path: &std::path::PathBuf| {
        let name = path.strip_prefix(&folder).expect("it lies below").with_extension("");
        let text = std::fs::read_to_string(path).expect("a trace is text");
        (name.display().to_string(), text)
    };
    files::below(&folder).iter().map(named).collect()
}

#[test]
fn every_kept_trace_can_be_drawn_with_ids_of_its_own() {
    let mut ids = BTreeSet::new();
    for (name, text) in kept() {
        let id = format!("trace-{}", name.replace('/', "-"));
        let html = trace::render(&text, &id).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!html.contains("\n\n"), "{name}: an empty line ends HTML in Markdown");
        let events = Recorded::parse(&text).expect("it was drawn").events;
        assert_eq!(html.matches("<g class=\"row").count(), events.len(), "{name}");
        assert_eq!(html.matches("<li>").count(), events.len(), "{name}");
        for piece in html::pieces(&html) {
            let Piece::Open(tag) = piece else { continue };
            if let Some(own) = tag.attribute("id") {
                assert!(own.starts_with(&id) && ids.insert(own.to_string()), "{name}: `{own}`");
            }
        }
    }
    assert!(!ids.is_empty(), "the book keeps traces");
}

#[test]
fn nothing_is_kept_that_the_workbook_does_not_name() {
    let workbook = Workbook::load(&tiny_book::workspace()).expect("the real workbook");
    let named = workbook.lessons.iter().flat_map(|lesson| {
        lesson.traces.iter().map(move |trace| format!("{}/{}", lesson.name(), trace.id()))
    });
    let named: BTreeSet<_> = named.collect();
    assert_eq!(kept().into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>(), named);
}
