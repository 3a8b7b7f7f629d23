//! A quiz as HTML: the questions, and below them the answers, folded.
//!
//! It reads well alone. The page's script makes a form of each question, and takes what is right, and why, out of the
//! fold. Nothing here writes an empty line, which would end HTML in Markdown.

use std::fmt::Write as _;

use super::{Kind, Question, Quiz, key};
use crate::markup::{escape, printed};

pub(super) fn html(quiz: &Quiz) -> String {
    let Quiz { name, questions } = quiz;
    let anchor = format!("quiz-{}", name.replace('/', "-"));
    let count = match questions.len() {
        1 => "1 question".to_owned(),
        many => format!("{many} questions"),
    };
    let mut out = format!(
        "<section class=\"quiz\" id=\"{anchor}\" data-quiz=\"{name}\">\
         <p class=\"kind\"><strong>Quiz</strong> <span class=\"progress\">{count}</span></p><ol class=\"questions\">"
    );
    for question in questions {
        asked(&mut out, &anchor, question);
    }
    out.push_str("</ol><details><summary>Answers</summary><ol>");
    for question in questions {
        answered(&mut out, question);
    }
    out.push_str("</ol></details></section>");
    out
}

fn asked(out: &mut String, anchor: &str, question: &Question) {
    let Question { id, kind, ask, program, options, .. } = question;
    let (kind, how) = match kind {
        Kind::Single => ("single", "One is right."),
        Kind::Multiple => ("multiple", "Choose each that is right."),
        Kind::Output => ("output", "One is what it prints."),
        Kind::Order => ("order", "Put the steps in order."),
    };
    let _ = write!(
        out,
        "<li class=\"question\" id=\"{anchor}-{id}\" data-question=\"{id}\" data-kind=\"{kind}\">\
         <p id=\"{anchor}-{id}-ask\">{}</p>",
        ask.html
    );
    if let Some(program) = program {
        let _ = write!(
            out,
            "<pre><code class=\"language-rust path={}\">{}</code></pre>",
            escape(&program.path),
            printed(&program.text)
        );
    }
    let _ = write!(out, "<p class=\"how\">{how}</p><ol class=\"options\" type=\"a\">");
    for (position, option) in options.iter().enumerate() {
        let text = text(question, &option.text.html);
        let _ = write!(out, "<li data-key=\"{}\">{text}</li>", key(position));
    }
    out.push_str("</ol></li>");
}

fn answered(out: &mut String, question: &Question) {
    let Question { id, kind, options, right, .. } = question;
    let letters: Vec<_> = right.iter().map(|&position| key(position)).collect();
    let _ = write!(
        out,
        "<li data-answer=\"{id}\"><p>Right: <strong>{}</strong></p>",
        letters.join(", ")
    );
    if *kind == Kind::Order {
        out.push_str("<ol>");
        for &position in right {
            let option = &options[position];
            let _ = write!(
                out,
                "<li data-key=\"{}\">{}<br><span class=\"why\">{}</span></li>",
                key(position),
                option.text.html,
                option.why.html
            );
        }
    } else {
        out.push_str("<ol type=\"a\">");
        for (position, option) in options.iter().enumerate() {
            let (mark, verdict) = match right.contains(&position) {
                true => (" data-right", "Right."),
                false => ("", "Wrong."),
            };
            let _ = write!(
                out,
                "<li data-key=\"{}\"{mark}><strong>{verdict}</strong> <span class=\"why\">{}</span></li>",
                key(position),
                option.why.html
            );
        }
    }
    out.push_str("</ol></li>");
}

/// What an option says; what a program prints looks like it.
fn text(question: &Question, html: &str) -> String {
    match question.kind {
        Kind::Output => format!("<samp>{html}</samp>"),
        _ => html.to_owned(),
    }
}
