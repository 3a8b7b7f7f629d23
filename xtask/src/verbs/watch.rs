//! `watch`: checks again whatever is saved.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use anstream::println;
use rustix::process::{Pid, Signal, kill_process_group};

use super::{Outcome, hint, list, name_of, state, target_or_next};
use crate::cli::{TargetArgs, WatchArgs};
use crate::digest::files_below;
use crate::next;
use crate::paint::{COMMAND, FAINT, paint};
use crate::terminal::Keys;
use crate::workbook::{Exercise, Lesson, Workbook};

/// How often files and keys are looked at.
const TICK: Duration = Duration::from_millis(100);

/// Watches the reader's files until `q`, Ctrl-C or the terminal's end.
///
/// # Errors
///
/// The target is unknown, or the check cannot be started.
pub fn watch(workbook: &Workbook, arguments: &WatchArgs) -> Outcome {
    let (lesson, exercise) = match (&arguments.target, workbook.lessons.last()) {
        // Who has passed everything may go on changing it.
        (None, Some(last)) if next::exercise(workbook, &state(workbook)).is_none() => (last, None),
        (target, _) => target_or_next(workbook, target.as_deref())?,
    };
    let exercise = match exercise {
        Some(exercise) => exercise,
        None => first_open(workbook, lesson).ok_or("this lesson has no exercises")?,
    };
    let keys = Keys::new()?;
    let mut watch = Watch { workbook, lesson, exercise, seen: BTreeMap::new(), check: None };
    watch.changed();
    watch.start()?;
    while !keys.ended() {
        let key = keys.next(TICK);
        if watch.finished() {
            prompt(&keys);
        }
        match key {
            // Ctrl-D ends what reads keys.
            Some('q' | '\x04') => break,
            Some(key) => {
                watch.press(key)?;
                if watch.check.is_none() {
                    prompt(&keys);
                }
            }
            None => {}
        }
        if let Some(exercise) = watch.changed() {
            watch.exercise = exercise;
            watch.start()?;
        }
    }
    watch.stop();
    say("\n");
    Ok(0)
}

struct Watch<'a> {
    workbook: &'a Workbook,
    lesson: &'a Lesson,
    exercise: &'a Exercise,
    /// When each of the learner's files was last written.
    seen: BTreeMap<PathBuf, SystemTime>,
    check: Option<Child>,
}

/// The lesson's first exercise that has not passed, or its first.
fn first_open<'a>(workbook: &Workbook, lesson: &'a Lesson) -> Option<&'a Exercise> {
    let state = state(workbook);
    let open =
        |exercise: &&Exercise| !crate::check::passed(&workbook.root, lesson, exercise, &state);
    lesson.exercises.iter().find(open).or(lesson.exercises.first())
}

fn prompt(keys: &Keys) {
    if keys.are_there() {
        let line = "[h]int  [n]ext  [c]heck again  [l]ist  [q]uit";
        say(&format!("\n{} ", paint(FAINT, line)));
    }
}

/// Shows text, even where the terminal may have gone: then nobody misses it.
fn say(text: &str) {
    let mut screen = anstream::stdout();
    let _ = screen.write_all(text.as_bytes()).and_then(|()| screen.flush());
}

impl<'a> Watch<'a> {
    /// The exercise whose file was written since the last look.
    fn changed(&mut self) -> Option<&'a Exercise> {
        let source = self.workbook.root.join(self.lesson.path()).join("src");
        let mut changed = None;
        for path in files_below(&source).unwrap_or_default() {
            let Ok(written) = fs::metadata(&path).and_then(|data| data.modified()) else {
                continue;
            };
            if self.seen.insert(path.clone(), written) == Some(written) {
                continue;
            }
            let relative = path.strip_prefix(&source).unwrap_or(&path);
            let first = relative.iter().next().unwrap_or_default().to_string_lossy();
            changed = changed.or_else(|| self.lesson.exercise(first.trim_end_matches(".rs")));
        }
        changed
    }

    /// Checks the exercise, in a process of its own that a newer save may end.
    fn start(&mut self) -> std::io::Result<()> {
        self.stop();
        let name = name_of(self.lesson, self.exercise);
        say(&format!("\x1b[2J\x1b[H{}\n\n", paint(COMMAND, format!("cargo xtask check {name}"))));
        let check = Command::new("/proc/self/exe")
            .arg("--root")
            .arg(&self.workbook.root)
            .args(["check", &name, "--watched"])
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()?;
        self.check = Some(check);
        Ok(())
    }

    /// Whether a check has ended just now.
    fn finished(&mut self) -> bool {
        let ended = self.check.as_mut().is_some_and(|check| !matches!(check.try_wait(), Ok(None)));
        if ended {
            self.check = None;
        }
        ended
    }

    /// Ends the check that is running, with Cargo and the tests that it has started.
    fn stop(&mut self) {
        if let Some(mut check) = self.check.take() {
            let _ = kill_process_group(Pid::from_child(&check), Signal::KILL);
            let _ = check.wait();
        }
    }

    fn press(&mut self, key: char) -> Result<(), Box<dyn std::error::Error>> {
        match key {
            'h' => {
                println!("\n");
                let target = Some(name_of(self.lesson, self.exercise));
                hint::hint(self.workbook, &TargetArgs { target })?;
            }
            'n' => match next::exercise(self.workbook, &state(self.workbook)) {
                Some((lesson, exercise)) => {
                    (self.lesson, self.exercise) = (lesson, exercise);
                    self.changed();
                    self.start()?;
                }
                None => println!("\nEverything has passed."),
            },
            'l' => {
                println!("\n");
                list::list(self.workbook)?;
            }
            'c' | '\n' => self.start()?,
            _ => {}
        }
        Ok(())
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.stop();
    }
}
