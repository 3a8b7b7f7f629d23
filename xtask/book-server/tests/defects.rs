//! Goal: a book with anything wrong is not built, and the old one stays.
//!
//! Method: a tiny book that builds gets one defect at a time. That the list of defects is complete
//! cannot be shown; these are the ones that mdBook lets pass and that the book promises not to
//! have.

mod tiny_book;

use std::fs;

use book_server::publish::publish;
use tiny_book::TinyBook;

const INDEX: &str = "book/src/index.md";

#[track_caller]
fn assert_defect(book: &TinyBook, file: &str, rule: &str) {
    let defects = book.build().expect_err(rule);
    let told = defects.lines().any(|line| line.starts_with(file) && line.contains(rule));
    assert!(told, "`{file}: … {rule}` is not in:\n{defects}");
}

#[test]
fn the_tiny_book_builds() {
    TinyBook::new().build().expect("it has no defect");
}

#[test]
fn what_mdbook_only_warns_of_fails() {
    for (text, rule) in [
        ("<div>\n\nopen\n", "unclosed HTML tag `<div>`"),
        ("<p>a</b></p>\n", "unexpected HTML end tag `</b>`"),
        ("[^a]: never used\n", "footnote `a` in `index.md` is defined but not referenced"),
        ("<i class=\"fa fa-no-such-icon\"></i>\n", "failed to find Font Awesome icon"),
    ] {
        let book = TinyBook::new();
        book.append(INDEX, text);
        assert_defect(&book, "book", rule);
    }
}

#[test]
fn a_link_to_nowhere_fails() {
    for (link, rule) in [
        ("[a](nowhere.md)", "link `nowhere.html` leads nowhere (there is no `nowhere.html`)"),
        ("[a](lesson-1/frame.md#cuttin)", "`lesson-1/frame.html` has no id `cuttin`"),
        ("[a](#nothing)", "`index.html` has no id `nothing`"),
        ("[a](#)", "link `#` is not allowed"),
        ("[a]()", "link `` is not allowed"),
        ("[a](/index.html)", "link `/index.html` is not allowed"),
        ("[a](../secret.txt)", "link `../secret.txt` is not allowed"),
        ("[a](lesson-1/)", "link `lesson-1/` is not allowed"),
        ("[a](https:/example.org)", "link `https:/example.org` is malformed"),
        ("[a](https://example)", "link `https://example` is malformed"),
        ("[a](http://example.org)", "is not allowed (`http:`; use `https:`)"),
        ("[a](javascript:alert(1))", "is not allowed (`javascript:`; use `https:`)"),
        ("<a href=\"ftp://example.org\">a</a>", "is not allowed (`ftp:`; use `https:`)"),
        ("![a picture](picture.png)", "link `picture.png` leads nowhere"),
    ] {
        let book = TinyBook::new();
        book.append(INDEX, link);
        assert_defect(&book, "index.html", rule);
    }
}

#[test]
fn a_link_that_leads_somewhere_is_fine() {
    let book = TinyBook::new();
    book.append(
        INDEX,
        "[a](lesson-1/frame.md#cutting), [b](#tiny), [c](lesson-1/index.md), [d](https://example.org/a?b=c#d), \
         [e](http://localhost:8080/metrics), [f](http://127.0.0.1:3000), <mailto:a@example.org>, \
         ![a dot](dot.svg)\n\n## Größe & mehr\n\n[g](#größe--mehr)",
    );
    book.write("book/src/dot.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    let page = book.page("index.html");
    assert!(
        page.contains("<img src=\"dot.svg\" alt=\"a dot\">"),
        "the picture stands alone: {page}"
    );
}

#[test]
fn a_broken_promise_fails() {
    for (html, rule) in [
        ("<script>alert(1)</script>", "has an inline script"),
        ("<script src=\"https://example.org/x.js\"></script>", "loads `https://example.org/x.js`"),
        ("<img src=\"//example.org/x.png\" alt=\"x\">", "loads `//example.org/x.png`"),
        ("<img src=\"http://example.org/x.png\" alt=\"x\">", "loads `http://example.org/x.png`"),
        ("<style>p { color: red }</style>", "has a `<style>`"),
        ("<p style=\"color: red\">x</p>", "has a style of its own"),
        ("<p onclick=\"x()\">x</p>", "has an event attribute"),
        ("<iframe src=\"index.html\"></iframe>", "has a `<iframe>`"),
        ("<p id=\"tiny\">x</p>", "id `tiny` is there twice"),
        ("![](dot.svg)", "says nothing to those who do not see it"),
        ("```rsut\nfn main() {}\n```", "code of language `rsut` (did you mean `rust`?"),
        ("```rust\n```", "a code block of language `rust` is empty"),
        ("```rust\n# hidden\nshown\n```", "lines that begin with `# `"),
    ] {
        let book = TinyBook::new();
        book.append(INDEX, html);
        book.write("book/src/dot.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        assert_defect(&book, "index.html", rule);
    }
}

#[test]
fn a_chapter_that_the_summary_does_not_name_fails() {
    let book = TinyBook::new();
    book.write("book/src/lesson-1/draft.md", "# Draft\n");
    assert_defect(&book, "book/src/lesson-1/draft.md", "it is not in book/src/SUMMARY.md");
}

#[test]
fn a_chapter_that_is_missing_fails() {
    let book = TinyBook::new();
    book.append("book/src/SUMMARY.md", "- [Missing](missing.md)");
    assert_defect(&book, "book", "failed to read chapter `missing.md`");
    assert!(!book.root().join("book/src/missing.md").exists(), "mdBook did not make it up");
}

#[test]
fn what_the_workbook_names_and_no_chapter_shows_fails() {
    for (chapter, directive, rule) in [
        (
            "book/src/lesson-1/index.md",
            "{{#lesson lesson-1}}",
            "lesson `lesson-1` is in no chapter",
        ),
        (
            "book/src/lesson-1/frame.md",
            "{{#exercise lesson-1/frame}}",
            "exercise `lesson-1/frame` is in no chapter",
        ),
        (
            "book/src/lesson-1/frame.md",
            "{{#lab lesson-1/nagle}}",
            "lab `lesson-1/nagle` is in no chapter",
        ),
    ] {
        let book = TinyBook::new();
        book.replace(chapter, directive, "");
        assert_defect(&book, "lessons/workbook.toml", rule);
    }
}

#[test]
fn a_quiz_with_a_mistake_fails_at_its_place() {
    const QUIZ: &str = "book/quizzes/lesson-1/frame.toml";
    let place = |line: usize| format!("{QUIZ}:{line}: ");
    for (from, to, line, rule) in [
        // What TOML and its types say.
        (
            "why = \"It is two.\"",
            "wyh = \"It is two.\"",
            17,
            "unknown field `wyh`, expected one of",
        ),
        (", why = \"It is two.\"", "", 17, "missing field `why`"),
        ("kind = \"single\"", "kind = \"double\"", 3, "unknown variant `double`"),
        ("id = \"both\"", "id = both", 11, "string values must be quoted"),
        ("ask = \"How does it begin?\"", "", 30, "missing field `ask`"),
        // What a question must be.
        (
            "id = \"both\"",
            "id = \"Both\"",
            11,
            "id `Both` is not allowed (lower-case letters, digits",
        ),
        (
            "id = \"both\"",
            "id = \"length\"",
            11,
            "question `length` stands here twice (ids are unique)",
        ),
        (
            "right = true, why = \"A `u8`",
            "why = \"A `u8`",
            2,
            "question `length` has no right option",
        ),
        (
            "\"Bits.\", why",
            "\"Bits.\", right = true, why",
            2,
            "question `length` has 2 right options",
        ),
        (
            "    { text = \"Bits.\", why = \"Eight of them\\nare one `u8`.\" },\n",
            "",
            2,
            "has 1 options (from 2 to 8)",
        ),
        ("\"Bits.\"", "\"Bytes.\"", 2, "question `length` has `Bytes.` twice among its options"),
        (
            "    { text = \"call\", why = \"Third.\" },\n",
            "",
            31,
            "question `steps` has 2 steps (from 3 to 8)",
        ),
        (
            "kind = \"order\"",
            "kind = \"single\"",
            31,
            "question `steps` has steps (only an `order` has them)",
        ),
        (
            "kind = \"single\"",
            "kind = \"order\"",
            2,
            "question `length` has options (an `order` has `steps`)",
        ),
        (
            "program = \"book/quizzes/lesson-1/lines.rs\"\n",
            "",
            21,
            "question `lines` has no program",
        ),
        (
            "lesson-1/lines.rs",
            "lesson-1/line.rs",
            24,
            "`book/quizzes/lesson-1/line.rs` (did you mean `lines.rs`?",
        ),
        (
            "book/quizzes/lesson-1/lines.rs",
            "solutions/frame.rs",
            24,
            "program `solutions/frame.rs` is not allowed",
        ),
        // What a text must be.
        ("\"What does `Vec<u8>` *hold*?\"", "\"\"", 4, "a text is empty (write a sentence)"),
        ("`Vec<u8>`", "Vec<u8>", 4, "a text is more than a paragraph with `code` and *emphasis*"),
        ("\"It is a letter.\"", "\"- a\\n- b\"", 16, "a text is more than a paragraph"),
    ] {
        let book = TinyBook::new();
        book.replace(QUIZ, from, to);
        assert_defect(&book, &place(line), rule);
    }
}

#[test]
fn a_quiz_that_asks_nothing_or_is_asked_nowhere_fails() {
    let book = TinyBook::new();
    book.replace("book/src/lesson-1/frame.md", "{{#quiz lesson-1/frame}}", "");
    let rule = "quiz `lesson-1/frame` is in no chapter (show it with `{{#quiz lesson-1/frame}}`)";
    assert_defect(&book, "book/quizzes/lesson-1/frame.toml: ", rule);
    let book = TinyBook::new();
    book.write("book/quizzes/lesson-1/frame.toml", "");
    assert_defect(&book, "book/quizzes/lesson-1/frame.toml:1: ", "it has no question");
    let book = TinyBook::new();
    book.append(INDEX, "{{#quiz lesson-1/frame}}");
    assert_defect(&book, "book/src/lesson-1/frame.md:", "it is already shown by `index.md`");
}

#[test]
fn a_file_that_no_quiz_needs_fails() {
    for (file, rule) in [
        (
            "book/quizzes/lesson-1/old.rs",
            "no question shows it (name it as a `program` or remove it)",
        ),
        ("book/quizzes/frame.toml", "it is no quiz (a quiz is a file like"),
        ("book/quizzes/lesson-1/notes.txt", "it is no quiz (a quiz is a file like"),
    ] {
        let book = TinyBook::new();
        book.write(file, "fn main() {}\n");
        assert_defect(&book, file, rule);
    }
    let book = TinyBook::new();
    book.write("book/quizzes/lesson-1/.frame.toml.swp", "an editor's");
    book.build().expect("a hidden file is nobody's affair");
}

#[test]
fn a_program_that_is_too_large_to_predict_fails() {
    const PROGRAM: &str = "book/quizzes/lesson-1/lines.rs";
    let book = TinyBook::new();
    book.append(PROGRAM, &"\n".repeat(30));
    assert_defect(&book, "book/quizzes/lesson-1/frame.toml:24: ", "lines (at most 30)");
    let book = TinyBook::new();
    book.append(PROGRAM, &format!("// {}", "-".repeat(60)));
    assert_defect(&book, "book/quizzes/lesson-1/frame.toml:24: ", "has 63 columns (at most 62)");
}

#[test]
fn a_workbook_or_configuration_that_is_not_one_fails() {
    let book = TinyBook::new();
    book.replace("lessons/workbook.toml", "minutes = 40", "minute = 40");
    assert_defect(&book, "lessons/workbook.toml", "unknown field `minute`");
    let book = TinyBook::new();
    book.replace("book/book.toml", "hash-files", "hash-file");
    assert_defect(&book, "book", "hash-file");
}

#[test]
fn all_defects_are_told_at_once_in_order() {
    let book = TinyBook::new();
    book.append(INDEX, "{{#figure a}}\n\n{{#figure b}}");
    book.append("book/src/lesson-1/frame.md", "{{#figure c}}");
    let defects = book.build().expect_err("three figures are missing");
    let figures: Vec<_> =
        defects.lines().filter_map(|line| line.split(": {{#figure ").nth(1)).collect();
    let names: Vec<_> = figures.iter().map(|rest| &rest[..1]).collect();
    assert_eq!(names, ["a", "b", "c"], "{defects}");
}

#[test]
fn what_no_page_uses_is_not_in_the_book() {
    let book = TinyBook::new();
    book.write("book/src/unused.png", "png");
    let pages = book.build().expect("an unused picture is no defect");
    let mut names: Vec<_> = book_server::files::below(&pages)
        .iter()
        .map(|path| path.strip_prefix(&pages).expect("below").to_string_lossy().into_owned())
        .collect();
    names.sort();
    let expected = [
        "book.js",
        "favicon.svg",
        "index.html",
        "lesson-1/frame.html",
        "lesson-1/index.html",
        "print.html",
        "search-index.js",
        "theme/book.css",
        "theme/panels.css",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_failed_build_leaves_the_old_book() {
    let book = TinyBook::new();
    let place = book.root().join("dist/site");
    publish(book.root(), &place).expect("a folder that is missing is made");
    fs::write(place.join("old"), "old").expect("a file");
    let good = book.read(INDEX);
    book.append(INDEX, "{{#figure none}}");
    publish(book.root(), &place).expect_err("a figure is missing");
    assert!(place.join("old").is_file() && place.join("index.html").is_file());
    book.write(INDEX, &good);
    publish(book.root(), &place).expect("the book is whole again");
    assert!(!place.join("old").exists() && place.join("index.html").is_file());
    let beside = fs::read_dir(book.root().join("dist")).expect("a folder").count();
    assert_eq!(beside, 1, "nothing is left beside the book");
}

#[test]
fn a_folder_that_is_not_a_book_is_not_replaced() {
    let book = TinyBook::new();
    let place = book.root().join("precious");
    fs::create_dir(&place).expect("a folder");
    fs::write(place.join("thesis"), "years").expect("a file");
    let refused = publish(book.root(), &place).expect_err("it holds something else").to_string();
    assert!(refused.contains("is not a book"), "{refused}");
    assert!(place.join("thesis").is_file());
    let file = book.root().join("secret.txt");
    assert!(publish(book.root(), &file).is_err() && file.is_file());
}
