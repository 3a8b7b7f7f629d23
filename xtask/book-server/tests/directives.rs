//! Goal: every directive becomes what its docs say, and everything that is wrong with one is said.
//!
//! Method: a tiny book is built with one directive more, and its page or the list of defects is
//! read. How the result looks in a browser is not shown here.

mod tiny_book;

use tiny_book::{TinyBook, assert_has};

const CHAPTER: &str = "book/src/lesson-1/frame.md";
const PAGE: &str = "lesson-1/frame.html";

#[test]
fn an_include_is_dedented_coloured_and_names_its_file() {
    let page = TinyBook::new().page(PAGE);
    assert_has(
        &page,
        &[
            "<figcaption><code>solutions/frame.rs</code></figcaption><pre><code class=\"language-rust\">\
             <span class=\"k\">let</span> n: <span class=\"t\">Vec</span>&lt;<span class=\"t\">u8</span>&gt; = \
             <span class=\"f\">read</span>();\n\n<span class=\"f\">send</span>(n);",
        ],
    );
    assert!(!page.contains("ANCHOR") && !page.contains("TASK"), "{page}");
}

#[test]
fn an_include_names_the_readers_file_where_there_is_one() {
    let book = TinyBook::new();
    book.write("lessons/frame.rs", "todo!()");
    assert_has(&book.page(PAGE), &["<figcaption><code>lessons/frame.rs</code></figcaption>"]);
}

#[test]
fn an_include_in_a_list_or_a_quotation_stays_in_it() {
    let book = TinyBook::new();
    book.append(
        CHAPTER,
        "1. one\n\n   ```rust\n   {{#include solutions/frame.rs:cut}}\n   ```\n\n2. two\n",
    );
    book.append(CHAPTER, "> ```rust\n> {{#include solutions/frame.rs:cut}}\n> ```\n> quoted\n");
    let page = book.page(PAGE);
    let code = "<span class=\"f\">read</span>();\n\n<span class=\"f\">send</span>";
    assert_eq!(page.matches(code).count(), 3, "{page}");
    assert_has(&page, &["<li>\n<p>two</p>", "<p>quoted</p>\n</blockquote>"]);
}

#[test]
fn a_figure_is_part_of_the_page() {
    assert_has(
        &TinyBook::new().page("index.html"),
        &[
            // mdBook writes attributes in lower case; browsers know that this one is not.
            "<svg viewbox=\"0 0 9 9\" role=\"img\" aria-labelledby=\"figure-boxes-title\">",
            "<title id=\"figure-boxes-title\">Two boxes</title>",
            "<figcaption>A box.</figcaption>",
        ],
    );
}

#[test]
fn an_exercise_says_what_to_write_and_how_to_check_it() {
    assert_has(
        &TinyBook::new().page(PAGE),
        &[
            "<section class=\"exercise\" id=\"exercise-lesson-1-frame\" data-exercise=\"lesson-1/frame\"",
            "<span>fill-in</span> <span>40 minutes</span>",
            // One level below the heading that it stands under.
            "<h3 id=\"exercise-lesson-1-frame-title\">Cut a stream into <code>frames</code></h3>",
            "<code class=\"file\">lessons/lesson-1-networking/src/frame.rs</code>",
            "<code class=\"file\">lessons/lesson-1-networking/tests/frame.rs</code>",
            "1,000 frames: a score of 0.70 passes",
            "<span class=\"p\">$ </span>cargo xtask check lesson-1/frame</code>",
            "<details class=\"hint\"><summary>Hint 1 of 2</summary><p>What does <code>read</code> return?</p></details>",
            "Count the &lt;bytes&gt;.",
        ],
    );
}

#[test]
fn a_lab_says_how_to_run_it_and_what_it_measured() {
    assert_has(
        &TinyBook::new().page(PAGE),
        &[
            "<section class=\"lab\" id=\"lab-lesson-1-nagle\" data-lab=\"lesson-1/nagle\"",
            "cargo xtask lab lesson-1/nagle</code>",
            "<code>--set rounds=100</code></dt><dd>exchanges, from 10 to 10,000</dd>",
            "<th scope=\"row\">off</th><td class=\"number\">43.9</td>",
            "<td class=\"number\">n/a</td>",
            "<time datetime=\"2026-11-23\">",
        ],
    );
}

#[test]
fn a_quiz_asks_and_folds_its_answers() {
    let page = TinyBook::new().page(PAGE);
    assert_has(
        &page,
        &[
            "<section class=\"quiz\" id=\"quiz-lesson-1-frame\" data-quiz=\"lesson-1/frame\">",
            "<strong>Quiz</strong> <span class=\"progress\">4 questions</span>",
            "id=\"quiz-lesson-1-frame-length\" data-question=\"length\" data-kind=\"single\">",
            "What does <code>Vec&lt;u8&gt;</code> <em>hold</em>?</p>",
            "<ol class=\"options\" type=\"a\"><li data-key=\"a\">Bytes.</li><li data-key=\"b\">Bits.</li></ol>",
            "<details><summary>Answers</summary>",
            "<li data-answer=\"both\"><p>Right: <strong>a, c</strong></p><ol type=\"a\">\
             <li data-key=\"a\" data-right=\"\"><strong>Right.</strong> <span class=\"why\">It is one.</span></li>\
             <li data-key=\"b\"><strong>Wrong.</strong> <span class=\"why\">It is a letter.</span></li>",
        ],
    );
    let (asked, answered) = page.split_once("<summary>Answers").expect("the answers are folded");
    assert!(answered.contains("Eight of them are one"), "an explanation for each option: {page}");
    assert!(
        !asked.contains("Eight of them") && !asked.contains("data-right"),
        "none before: {page}"
    );
}

#[test]
fn a_program_and_what_it_prints_keep_their_lines() {
    assert_has(
        &TinyBook::new().page(PAGE),
        &[
            "<figcaption><code>book/quizzes/lesson-1/lines.rs</code></figcaption><pre><code class=\"language-rust\">\
             <span class=\"k\">fn</span>",
            "(<span class=\"s\">&quot;1&quot;</span>);\n\n    <span class=\"a\">println!</span>",
            "<li data-key=\"a\"><samp>1\n\n&lt;2&gt;</samp></li>",
        ],
    );
}

#[test]
fn steps_are_shown_in_another_order_than_the_right_one() {
    let book = TinyBook::new();
    let shown =
        "<li data-key=\"a\">bind</li><li data-key=\"b\">call</li><li data-key=\"c\">add</li>";
    let right = "<p>Right: <strong>c, a, b</strong></p><ol><li data-key=\"c\">add<br><span class=\"why\">First.</span></li>";
    assert_has(&book.page(PAGE), &[shown, right]);
    book.replace("book/quizzes/lesson-1/frame.toml", "\"add\"", "\"zero\"");
    let shown =
        "<li data-key=\"a\">bind</li><li data-key=\"b\">call</li><li data-key=\"c\">zero</li>";
    assert_has(&book.page(PAGE), &[shown]);
}

#[test]
fn in_the_printed_book_the_answers_are_open() {
    assert_has(&TinyBook::new().page("print.html"), &["<details open><summary>Answers</summary>"]);
}

#[test]
fn a_value_is_a_number_with_its_unit_and_plain_in_code() {
    let book = TinyBook::new();
    book.append(
        CHAPTER,
        "In code `{{#value lesson-1/nagle:off.p50}}`, unknown {{#value lesson-1/nagle:on.p50}}.",
    );
    assert_has(
        &book.page(PAGE),
        &[
            "It takes <data class=\"measured\" data-table=\"lesson-1/nagle\" value=\"43.94\">43.9\u{a0}ms</data> here.",
            "<code>43.9\u{a0}ms</code>, unknown n/a.",
        ],
    );
}

#[test]
fn a_lesson_lists_its_exercises_and_labs_with_links() {
    assert_has(
        &TinyBook::new().page("lesson-1/index.html"),
        &[
            "<a href=\"../lesson-1/frame.html\">Cut a stream into <code>frames</code></a>",
            "<td>fill-in</td>",
            "<a href=\"../lesson-1/frame.html#lab-lesson-1-nagle\">Write, write, read</a>",
        ],
    );
}

#[test]
fn coming_lessons_have_their_title_and_question() {
    let page = TinyBook::new().page("index.html");
    assert_has(
        &page,
        &["<li value=\"2\"><strong>API lifecycle</strong> <span>What happens to a request?</span>"],
    );
}

#[test]
fn measured_is_only_the_table() {
    let book = TinyBook::new();
    book.append(CHAPTER, "{{#measured lesson-1/nagle}}");
    assert_eq!(book.page(PAGE).matches("<figure class=\"measured\">").count(), 2);
}

#[test]
fn a_directive_behind_a_backslash_is_shown() {
    let book = TinyBook::new();
    book.append(CHAPTER, "Write \\{{#figure boxes}} or `\\{{#coming}}`.");
    assert_has(&book.page(PAGE), &["Write {{#figure boxes}} or <code>{{#coming}}</code>."]);
}

#[test]
fn each_mistake_names_its_chapter_line_and_rule() {
    let line = TinyBook::new().read(CHAPTER).lines().count() + 2;
    for (directive, rule) in [
        (
            "{{#figur boxes}}",
            "unknown directive `figur` (did you mean `figure`? there is `include`",
        ),
        ("{{#figure boxes", "malformed directive (it ends with `}}` on the same line)"),
        ("{{# figure boxes}}", "malformed directive (it starts with `{{#`, without a space)"),
        ("{{figure boxes}}", "malformed directive (it starts with `{{#`, without a space)"),
        ("{{#figure}}", "malformed directive (write `{{#figure NAME}}`)"),
        ("{{#figure a b}}", "`figure` takes one argument"),
        ("{{#figure boxs}}", "there is no file `book/figures/boxs.svg` (did you mean `boxes.svg`?"),
        ("{{#figure ../boxes}}", "figure `../boxes` is not allowed"),
        (
            "{{#quiz lesson-1/fram}}",
            "there is no quiz `lesson-1/fram` (did you mean `lesson-1/frame`? there is `lesson-1/frame`)",
        ),
        ("{{#quiz frame}}", "`frame` is not allowed (a lesson and a name: `lesson-1/frame`)"),
        (
            "{{#exercise lesson-1/fram}}",
            "there is no exercise `fram` in lesson-1 (did you mean `frame`?",
        ),
        ("{{#exercise lesson-7/frame}}", "there is no lesson `lesson-7` (did you mean `lesson-1`?"),
        ("{{#exercise frame}}", "`frame` is not allowed (a lesson and a name: `lesson-1/frame`)"),
        ("{{#exercise lesson-1/frame}}", "it is already shown by `lesson-1/frame.md`"),
        ("{{#lab lesson-1/nagel}}", "there is no lab `nagel` in lesson-1 (did you mean `nagle`?"),
        (
            "{{#measured lesson-1/frame}}",
            "there is no file `book/recorded/lesson-1/frame.json` (there is `nagle.json`)",
        ),
        (
            "{{#value lesson-1/nagle}}",
            "`lesson-1/nagle` is not allowed (a table, a row and a column",
        ),
        ("{{#value lesson-1/nagle:of.p50}}", "there is no row `of` (did you mean `off`?"),
        ("{{#value lesson-1/nagle:off.p99}}", "there is no column `p99`"),
        ("{{#lesson lesson-2}}", "there is no lesson `lesson-2` (did you mean `lesson-1`?"),
        ("{{#coming soon}}", "`coming` takes no argument"),
        ("See {{#coming}}", "it does not stand alone"),
        ("  {{#coming}}", "it does not stand alone"),
        ("`{{#coming}}`", "it stands in code"),
        ("{{#include secret.txt}}", "it does not stand in a code block"),
    ] {
        let book = TinyBook::new();
        book.append(CHAPTER, directive);
        let defects = book.build().expect_err(directive);
        let text = directive.trim().trim_start_matches("See ").trim_matches('`');
        let place = format!("{CHAPTER}:{line}: {text}: ");
        assert!(defects.starts_with(&place), "{directive}: {defects}");
        assert!(defects.contains(rule), "{directive}: {defects}");
    }
}

#[test]
fn each_mistake_of_an_include_names_its_rule() {
    for (directive, rule) in [
        (
            "{{#include solutions/fram.rs}}",
            "there is no file `solutions/fram.rs` (did you mean `frame.rs`?",
        ),
        (
            "{{#include solution/frame.rs}}",
            "there is no folder `solution` (paths start at the workspace root)",
        ),
        ("{{#include solutions/frame.rs:cute}}", "there is no anchor `cute` (did you mean `cut`?"),
        (
            "{{#include solutions/frame.rs:empty}}",
            "anchor `empty` is empty in `solutions/frame.rs`",
        ),
        ("{{#include solutions/frame.rs:2:3}}", "there is no file `solutions/frame.rs:2`"),
        ("{{#include solutions/frame.rs:}}", "anchor `` is not allowed"),
        ("{{#include solutions}}", "`solutions` is not a file"),
        ("{{#include ../secret.txt}}", "path `../secret.txt` is not allowed"),
        ("{{#include solutions/../secret.txt}}", "path `solutions/../secret.txt` is not allowed"),
        ("{{#include /etc/passwd}}", "path `/etc/passwd` is not allowed"),
        ("let x = 1; {{#include secret.txt}}", "it does not stand alone on its line"),
        ("{{#include fenced.md}}", "`fenced.md` would end the code block"),
        ("{{#include binary}}", "cannot read `binary`"),
        ("{{#coming}}", "it stands in code"),
    ] {
        let book = TinyBook::new();
        book.write("fenced.md", "```rust\n```\n");
        std::fs::write(book.root().join("binary"), [0xff, 0xfe]).expect("a file");
        book.append(CHAPTER, &format!("```rust\n{directive}\n```"));
        let defects = book.build().expect_err(directive);
        assert!(defects.contains(rule), "{directive}: {defects}");
    }
    let book = TinyBook::new();
    book.append(CHAPTER, "```\n{{#include secret.txt}}\n```");
    assert!(book.build().is_err_and(|defects| defects.contains("that names a language")));
}

#[test]
fn a_symbolic_link_does_not_lead_out_of_the_workspace() {
    let outside = tempfile::NamedTempFile::new().expect("a file elsewhere");
    let book = TinyBook::new();
    let link = |target: &std::path::Path, name: &str| {
        std::os::unix::fs::symlink(target, book.root().join(name)).expect("a link");
    };
    link(outside.path(), "out.rs");
    link(outside.path().parent().expect("a folder"), "folder");
    link(&book.root().join("solutions/frame.rs"), "in.rs");
    let inside = outside.path().file_name().expect("a name").to_string_lossy();
    for path in ["out.rs", &format!("folder/{inside}")] {
        let chapter = book.read(CHAPTER);
        book.append(CHAPTER, &format!("```rust\n{{{{#include {path}}}}}\n```"));
        let defects = book.build().expect_err(path);
        assert!(defects.contains("a symbolic link leads out of the workspace"), "{defects}");
        book.write(CHAPTER, &chapter);
    }
    book.append(CHAPTER, "```rust\n{{#include in.rs:cut}}\n```");
    book.build().expect("a link within the workspace is a file of it");
}

#[test]
fn a_recorded_table_that_is_missing_or_malformed_is_an_error() {
    let book = TinyBook::new();
    let file = "book/recorded/lesson-1/nagle.json";
    book.replace(file, "\"p50\": null", "\"p99\": null");
    let defects = book.build().expect_err("the table is malformed");
    assert!(defects.contains("row `on` has a value for `p99`, which is no column"), "{defects}");
    std::fs::remove_file(book.root().join(file)).expect("the file is there");
    let defects = book.build().expect_err("the table is missing");
    assert!(defects.contains("record it with `cargo xtask measure`"), "{defects}");
    assert_eq!(defects.lines().count(), 2, "both directives say so: {defects}");
}
