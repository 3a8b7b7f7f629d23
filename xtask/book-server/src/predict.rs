//! `{{#predict}}`: a number to write down before it is shown; and `{{#next}}`: where the reader is.
//!
//! Without a script a prediction is a sentence and a fold. With one, the page asks, keeps the first answer, and shows what was
//! measured only then.

use std::fmt::Write as _;

use xtask::workbook::{Lesson, Workbook};

use crate::directive::Name;
use crate::markup::{escape, sentence};
use crate::recorded::Recorded;
use crate::sources::Sources;
use crate::suggest;

/// The prediction, or the exercise's that is of the kind *predict*.
///
/// # Errors
///
/// There is none of that name, or its table or cell is not recorded.
pub fn html(sources: &Sources, lesson: &Lesson, name: Name<'_>) -> Result<String, String> {
    let exercise = lesson.exercise(name.id).and_then(|exercise| exercise.predict.as_ref());
    let (question, unit, table, row, column) = match (exercise, lesson.prediction(name.id)) {
        (Some(predict), _) => {
            let lab = predict.lab.get_ref();
            (&predict.question, &predict.unit, lab, &predict.row, &predict.column)
        }
        (None, Some(it)) => (&it.question, &it.unit, &it.table, &it.row, &it.column),
        (None, None) => {
            let known = lesson.predictions.iter().map(|each| each.id.get_ref().as_str());
            let choice = suggest::choice(name.id, known);
            return Err(format!(
                "there is no prediction `{}` in {} {choice}",
                name.id, name.lesson
            ));
        }
    };
    let full = format!("{}/{table}", name.lesson);
    let table = Name { full: &full, lesson: name.lesson, id: table };
    let (value, text) = Recorded::read(sources, table)?.value(row, column)?;
    // A count has no unit in its table; the question has.
    let text = if text.ends_with(|end: char| end.is_ascii_digit()) {
        format!("{text} {unit}")
    } else {
        text
    };
    let value = value.ok_or_else(|| format!("`{row}.{column}` of `{full}` is not a number"))?;
    let mut out = format!(
        "<section class=\"predict\" data-predict=\"{}\" data-unit=\"{}\" data-table=\"{}\" data-measured=\"{value}\" aria-label=\"Predict\">",
        escape(name.full),
        escape(unit),
        escape(&full),
    );
    let _ = write!(
        out,
        "<p><strong>Predict.</strong> {}</p><p class=\"instruction\">Write the number down, in {}, before you read on.</p>",
        sentence(question),
        escape(unit)
    );
    let _ = write!(
        out,
        "<details><summary>What we measured</summary><p>{}</p></details></section>",
        escape(&text)
    );
    Ok(out)
}

/// Where the reader is: the command that says it, and in the live book the answer.
#[must_use]
pub fn next(workbook: &Workbook) -> String {
    let exercises = workbook.exercises().count();
    format!(
        "<section class=\"next\" data-next aria-label=\"Where you are\"><p>{exercises} exercises so far. This says where you are, and what comes next:</p>\
         <pre><code class=\"language-console\">$ cargo xtask</code></pre></section>"
    )
}
