//! Goal: what a quiz calls right is right, as far as a machine can tell, and cannot be seen from outside.
//!
//! Method: every program of the real book's quizzes is compiled, and where its output is asked for it is run, each in
//! a process group of its own with a time limit; answers are judged in a tiny book. That an explanation is true, and
//! that a question can be answered from its chapter, is not shown here.

mod tiny_book;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use book_server::quiz::{self, Kind, Question, Quizzes};
use book_server::sources::Sources;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use tempfile::TempDir;
use tiny_book::{TinyBook, workspace};

/// How long the compiler may take for a small program on a busy machine.
const COMPILE_TIME_MAX: Duration = Duration::from_secs(60);

/// How long a program may run.
const RUN_TIME_MAX: Duration = Duration::from_secs(5);

/// Of the questions with one right option, how many per cent may have it as the longest, or as the shortest. With four
/// options, chance gives 25.
const EXTREME_PERCENT_MAX: usize = 30;

/// And how many may have it in the same place.
const PLACE_PERCENT_MAX: usize = 40;

fn quizzes() -> Quizzes {
    let sources = Sources::new(&workspace()).expect("the workspace is there");
    let mut problems = Vec::new();
    let quizzes = Quizzes::read(&sources, &mut problems);
    assert_eq!(problems, [], "the real quizzes have no problem");
    quizzes
}

/// Every question of the real book with its name.
fn questions(quizzes: &Quizzes) -> Vec<(String, &Question)> {
    let named = quizzes.all().flat_map(|quiz| {
        let name = |question: &Question| format!("{}/{}", quiz.name, question.id);
        quiz.questions.iter().map(move |question| (name(question), question))
    });
    named.collect()
}

/// Runs a command to its end, or ends it and all that it has started. Returns what it printed, on both channels; the
/// status is `None` at the time limit.
fn run(command: &mut Command, time_max: Duration) -> (Option<ExitStatus>, String) {
    let folder = TempDir::new().expect("a temporary folder");
    let printed = folder.path().join("printed");
    let file = File::create(&printed).expect("a file");
    command.stdin(Stdio::null()).stdout(file.try_clone().expect("a second handle")).stderr(file);
    let mut child = command.process_group(0).spawn().expect("it starts");
    let pid = Pid::from_child(&child);
    let end = pidfd_open(pid, PidfdFlags::empty()).expect("it is not reaped yet");
    let in_time = ends(&end, time_max);
    // Nothing of the group is left when it has ended by itself; the error then says so.
    _ = kill_process_group(pid, Signal::KILL);
    let status = child.wait().expect("it is our child");
    (Some(status).filter(|_| in_time), fs::read_to_string(&printed).expect("text"))
}

/// Waits for a process.
fn ends(process: &OwnedFd, time_max: Duration) -> bool {
    let time = Timespec::try_from(time_max).expect("a short time");
    poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&time)).expect("it can be polled") > 0
}

fn compile(source: &Path, program: &Path) -> Result<(), String> {
    let mut rustc = Command::new("rustc");
    // From the workspace, whose file says which compiler it is.
    rustc.current_dir(workspace()).args(["--edition", "2024", "--deny", "warnings", "-o"]);
    match run(rustc.arg(program).arg(source), COMPILE_TIME_MAX) {
        (Some(status), _) if status.success() => Ok(()),
        (Some(_), printed) => Err(printed),
        (None, _) => Err("the compiler takes too long".to_owned()),
    }
}

#[test]
fn a_program_prints_what_the_right_option_says_and_no_other_does() {
    let folder = TempDir::new().expect("a temporary folder");
    let program = folder.path().join("program");
    let mut outputs = 0;
    for (name, question) in questions(&quizzes()) {
        let Some(source) = &question.program else { continue };
        let compiled = compile(&workspace().join(&source.path), &program);
        compiled.unwrap_or_else(|error| panic!("{name}: {error}"));
        if question.kind != Kind::Output {
            continue;
        }
        let (status, printed) = run(&mut Command::new(&program), RUN_TIME_MAX);
        assert!(status.is_some_and(|status| status.success()), "{name}: {status:?} {printed}");
        let right: Vec<_> = question.right().map(|option| option.text.written.trim()).collect();
        assert_eq!(right, [printed.trim()], "{name}");
        outputs += 1;
    }
    assert!(outputs > 0, "programs were tried");
}

#[test]
fn a_program_without_end_is_ended_with_what_it_has_started() {
    let folder = TempDir::new().expect("a temporary folder");
    let kept = folder.path().join("kept");
    let mut endless = Command::new("sh");
    endless.args(["-c", "sleep 1000 & echo $! > \"$0\"; echo begun; wait"]).arg(&kept);
    let (status, printed) = run(&mut endless, Duration::from_secs(2));
    assert_eq!((status, printed.as_str()), (None, "begun\n"));
    let pid = fs::read_to_string(kept).expect("it has begun");
    let pid = pid.trim().parse().ok().and_then(Pid::from_raw).expect("a process id");
    // It is gone already, or about to be.
    if let Ok(end) = pidfd_open(pid, PidfdFlags::empty()) {
        assert!(ends(&end, RUN_TIME_MAX), "it is still running");
    }
}

#[test]
fn the_programs_are_formatted_for_their_width() {
    for (name, question) in questions(&quizzes()) {
        let Some(source) = &question.program else { continue };
        let mut rustfmt = Command::new("rustfmt");
        rustfmt.current_dir(workspace()).args(["--check", "--edition", "2024", "--config"]);
        rustfmt.arg(format!("max_width={},use_small_heuristics=Max", quiz::PROGRAM_COLUMNS_MAX));
        let (status, printed) = run(rustfmt.arg(&source.path), COMPILE_TIME_MAX);
        assert!(status.is_some_and(|status| status.success()), "{name}: {printed}");
    }
}

#[test]
fn the_right_option_is_told_apart_neither_by_its_length_nor_by_its_place() {
    let quizzes = quizzes();
    let questions = questions(&quizzes);
    let single: Vec<_> =
        questions.iter().filter(|(_, question)| question.kind == Kind::Single).collect();
    let mut places = BTreeMap::<usize, usize>::new();
    let (mut longest, mut shortest) = (Vec::new(), Vec::new());
    for (name, question) in &single {
        let right = question.right().next().expect("one is right");
        let place = question.options.iter().position(|option| std::ptr::eq(option, right));
        *places.entry(place.expect("it is one of them")).or_default() += 1;
        let others = question.options.iter().filter(|option| !std::ptr::eq(*option, right));
        let lengths: Vec<_> = others.map(|option| option.text.written.len()).collect();
        let length = right.text.written.len();
        if lengths.iter().all(|&other| other < length) {
            longest.push(name);
        }
        if lengths.iter().all(|&other| other > length) {
            shortest.push(name);
        }
    }
    for (what, names) in [("longest", longest), ("shortest", shortest)] {
        assert!(
            names.len() * 100 <= single.len() * EXTREME_PERCENT_MAX,
            "the right option is the {what} in {} of {}: {names:?}",
            names.len(),
            single.len()
        );
    }
    assert!(
        places.values().all(|count| count * 100 <= single.len() * PLACE_PERCENT_MAX),
        "the right option is in these places: {places:?}"
    );
}

#[test]
fn a_lesson_asks_in_every_way() {
    let quizzes = quizzes();
    for kind in [Kind::Single, Kind::Multiple, Kind::Output, Kind::Order] {
        let questions = questions(&quizzes);
        let of_kind = questions
            .iter()
            .filter(|(name, question)| name.starts_with("lesson-1/") && question.kind == kind);
        assert!(of_kind.count() >= 3, "{kind:?}");
    }
}

#[test]
fn an_answer_is_judged_by_the_file_alone() {
    let book = TinyBook::new();
    let judge = |question: &str, answer: &[&str]| {
        let answer: Vec<_> = answer.iter().map(|&key| key.to_owned()).collect();
        quiz::judge(book.root(), &format!("lesson-1/frame/{question}"), &answer)
    };
    for (question, answer, right) in [
        ("length", &["a"][..], true),
        ("length", &["b"], false),
        ("both", &["c", "a"], true),
        ("both", &["a", "b"], false),
        ("lines", &["a"], true),
        ("steps", &["c", "a", "b"], true),
        ("steps", &["a", "b", "c"], false),
    ] {
        assert_eq!(judge(question, answer), Ok(right), "{question}: {answer:?}");
    }
    for (question, answer, rule) in [
        (
            "lenght",
            &["a"][..],
            "there is no question `lenght` in `lesson-1/frame` (did you mean `length`?",
        ),
        ("length", &["x"], "there is no option `x` (there is `a`, `b`)"),
        ("length", &[], "0 options are chosen (choose one)"),
        ("steps", &["c", "a"], "2 of 3 steps are in order"),
    ] {
        let error = judge(question, answer).expect_err(rule);
        assert!(error.starts_with(rule), "{error}");
    }
}

#[test]
fn a_question_that_is_not_there_is_not_looked_for_elsewhere() {
    let book = TinyBook::new();
    let judge = |name: &str| quiz::judge(book.root(), name, &["a".to_owned()]).expect_err(name);
    for name in
        ["", "length", "lesson-1/length", "../secret/a", "lesson-1/../frame/length", "/a/b/c"]
    {
        let rule = format!("there is no question `{name}` (it is named like `lesson-1/echo/zero`)");
        assert_eq!(judge(name), rule);
    }
    let error = judge("lesson-1/fram/length");
    assert!(
        error.contains(
            "there is no file `book/quizzes/lesson-1/fram.toml` (did you mean `frame.toml`?"
        ),
        "{error}"
    );
    book.replace("book/quizzes/lesson-1/frame.toml", "kind = \"single\"", "kind = \"double\"");
    let error = judge("lesson-1/frame/length");
    assert!(
        error.starts_with("book/quizzes/lesson-1/frame.toml:3: unknown variant `double`"),
        "{error}"
    );
}
