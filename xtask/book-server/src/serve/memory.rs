//! What the reader has done, as the pages get it: read from the workbook and from `.workbook/state.json`, which the
//! terminal, the watch mode and every other live book write too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use xtask::next;
use xtask::state::Store;
use xtask::workbook::{Exercise, Lesson, Workbook};

/// The memory now.
pub(super) fn read(root: &Path) -> Value {
    let workbook = match Workbook::load(root) {
        Ok(workbook) => workbook,
        Err(error) => return json!({ "trouble": error.to_string() }),
    };
    let (state, trouble) = match Store::new(root).read() {
        Ok(state) => (state, None),
        Err(error) => (xtask::state::State::default(), Some(error.to_string())),
    };
    let mut exercises = Map::new();
    for (lesson, exercise) in workbook.exercises() {
        let name = name_of(lesson, exercise);
        let progress = state.exercise(&name);
        let told = json!({
            "standing": next::standing(&workbook, lesson, exercise, &state),
            "failing": progress.failing.len(),
            "checks": progress.checks,
            "hints": progress.hints_shown,
            "scores": progress.scores,
            "predicted": progress.predicted,
            "measured": progress.measured,
        });
        exercises.insert(name, told);
    }
    let next = next::exercise(&workbook, &state).map(|(lesson, exercise)| {
        json!({
            "name": name_of(lesson, exercise),
            "title": exercise.title,
            "kind": exercise.kind.to_string(),
            "minutes": exercise.minutes,
        })
    });
    json!({
        "root": root,
        "trouble": trouble,
        "exercises": exercises,
        "next": next,
        "answers": state.answers,
        "predictions": state.predictions,
    })
}

/// The files and folders on which it depends.
pub(super) fn sources(root: &Path) -> BTreeSet<PathBuf> {
    let mut sources = BTreeSet::from([
        root.join("lessons/workbook.toml"),
        Store::new(root).folder().join("state.json"),
    ]);
    if let Ok(workbook) = Workbook::load(root) {
        for (lesson, exercise) in workbook.exercises() {
            let file = root.join(lesson.path()).join(exercise.file());
            sources.insert(file.with_extension(""));
            sources.insert(file);
        }
    }
    sources
}

fn name_of(lesson: &Lesson, exercise: &Exercise) -> String {
    format!("{}/{}", lesson.name(), exercise.id())
}
