//! Goal: `check.schema.json` describes what `check --format json` prints, all of it and nothing else.
//!
//! Method: real reports of every kind are validated; then the Rust types, with every field filled, are laid beside the
//! schema, property by property.
//!
//! What it does not prove: that the descriptions are right.

use std::collections::BTreeSet;
use std::path::Path;

use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use xtask::check::report::{
    Advice, CompileError, ExerciseReport, GateReport, GateVerdict, Outcome, Report, SCHEMA,
    TestReport, Verdict,
};
use xtask::table::Machine;
use xtask::trace::{Cast, Event, Gauge, Head, Lane, Recorded};

use crate::course::Course;
use crate::misbehaviour;

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("check.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema");
    serde_json::from_str(&text).expect("the schema is JSON")
}

#[track_caller]
fn assert_valid(report: &Value) {
    assert_valid_as("", report);
}

/// Valid as what the schema has at that place.
#[track_caller]
fn assert_valid_as(place: &str, value: &Value) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("check.schema.json", schema()).expect("a name");
    let place = format!("check.schema.json{place}");
    let index = compiler.compile(&place, &mut schemas).expect("the schema is one");
    if let Err(error) = schemas.validate(value, index) {
        panic!("{error:#}\n{value:#}");
    }
}

/// Every event that a command prints.
fn events(course: &Course, arguments: &[&str]) -> Vec<Value> {
    let ran = course.run(arguments);
    let event = |line: &str| -> Value {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: `{line}` of {ran:?}"))
    };
    let events: Vec<_> = ran.stdout.lines().map(event).collect();
    for event in &events {
        assert_valid_as("#/$defs/Event", event);
    }
    events
}

#[test]
fn events_tell_what_happens_while_it_happens() {
    let course = Course::solved(&["guess"]);
    let check = ["check", "1/guess", "--format", "events"];
    let told = events(&course, &check);
    let kinds: BTreeSet<_> = told.iter().map(|event| event["event"].as_str()).collect();
    assert_eq!(kinds, [Some("report"), Some("status"), Some("test")].into(), "{told:#?}");
    assert_eq!(told[0]["text"], "lesson-1/guess: building");
    let report = told.last().expect("a report");
    assert!(report["screen"].as_str().is_some_and(|screen| screen.contains("\u{1b}[")), "colours");
    assert_eq!(report["report"]["verdict"], "passed");

    let told = events(&course, &[&check[..], &["--predict", "40.5"]].concat());
    let predicted = told.last().expect("what was predicted");
    assert_eq!((&predicted["predicted"], &predicted["measured"]), (&40.5.into(), &42.0.into()));
    let told = events(&course, &["lab", "1/numbers", "--format", "events"]);
    assert_eq!(told.last().expect("a table")["recorded"]["rows"][0]["values"]["p50"], 42.0);
    let told = events(&course, &["trace", "1/steps", "--format", "events"]);
    assert_eq!(told.last().expect("a trace")["recorded"]["events"][1]["at"], 44_000_000);
}

#[test]
fn an_error_of_the_compiler_has_its_colours_on_the_screen_only() {
    let course = Course::new();
    course.write(&Course::file("add"), "pub fn two(");
    let told = events(&course, &["check", "1/add", "--format", "events"]);
    let told = told.last().expect("a report");
    assert!(
        told["screen"].as_str().is_some_and(|screen| screen.contains("\u{1b}[91m")),
        "{told:#}"
    );
    let rendered = &told["report"]["exercises"][0]["compile_error"]["rendered"];
    assert!(rendered.as_str().is_some_and(|text| !text.contains('\u{1b}')), "{rendered}");
    let plain = course.run(&["check", "1/add"]).stdout;
    assert!(!plain.contains('\u{1b}'), "a pipe gets no colours: {plain}");
}

#[test]
fn real_reports_of_every_kind_are_valid() {
    let course = Course::new();
    let mut kinds = BTreeSet::new();
    let mut check = |arguments: &[&str]| {
        let report = course.check(arguments);
        assert_valid(&report);
        kinds.insert(report["verdict"].as_str().expect("text").to_owned());
        report
    };
    assert_eq!(check(&["1"])["exercises"][0]["tests"][0]["outcome"], "not_started");
    assert_eq!(check(&["1/add"])["exercises"][0]["cached"], false, "`count` has passed meanwhile");
    assert_eq!(check(&["1/add"])["exercises"][0]["cached"], true);
    assert_eq!(check(&["1/count"])["exercises"][0]["gate"]["verdict"], "passed");
    assert_eq!(check(&["1/add", "--solution"])["solution"], true);
    course.edit(
        "lessons/lesson-1-tiny/benches/count.rs",
        "REFERENCE_NS: &[f64] = &[10.0]",
        "REFERENCE_NS: &[f64] = &[90.0]",
    );
    assert_ne!(check(&["1/count"])["exercises"][0]["gate"]["reason"], Value::Null);
    course.solve("add");
    course.edit(&Course::file("add"), "left + right", "left - right");
    assert_eq!(check(&["1/add"])["exercises"][0]["advice"]["mistake"], "subtracts");
    course.write(&Course::file("add"), "pub fn add(\n");
    assert_eq!(check(&["1/add"])["exercises"][0]["compile_error"]["line"], 1);
    std::fs::remove_file(course.path(&Course::file("add"))).expect("it was there");
    assert_ne!(check(&["1"])["exercises"][0]["environment"], Value::Null);
    assert_eq!(
        kinds,
        BTreeSet::from(["environment", "failed", "inconclusive", "passed"].map(String::from))
    );
}

#[test]
fn real_reports_with_every_outcome_are_valid() {
    let mut outcomes = BTreeSet::new();
    for report in [misbehaviour::ends(), &misbehaviour::hangs().1] {
        assert_valid(report);
        let tests = report["exercises"][0]["tests"].as_array().expect("a list");
        outcomes.extend(tests.iter().map(|test| test["outcome"].as_str().expect("text")));
    }
    let all = ["environment", "hung", "not_started", "panicked", "passed", "skipped", "wrong"];
    assert_eq!(outcomes, BTreeSet::from(all));
}

#[test]
fn what_is_no_report_is_not_valid() {
    let report = serde_json::to_value(full_report()).expect("JSON");
    assert_valid(&report);
    let damages: [fn(&mut Value); 5] = [
        |report| report["more"] = json!(1),
        |report| report["schema"] = json!(2),
        |report| report["verdict"] = json!("great"),
        |report| report["exercises"][0]["gate"]["score"] = Value::Null,
        |report| drop(report["exercises"][0].as_object_mut().expect("an object").remove("tests")),
    ];
    for damage in damages {
        let mut report = report.clone();
        damage(&mut report);
        assert!(std::panic::catch_unwind(|| assert_valid(&report)).is_err(), "{report:#}");
    }
}

/// A report in which nothing is absent. A new field stands in the way of compiling this.
fn full_report() -> Report {
    let text = String::new;
    let test = TestReport {
        name: text(),
        outcome: Outcome::Hung,
        seconds: 1.5,
        message: text(),
        location: Some(text()),
        output: text(),
        threads: vec![text()],
    };
    let gate = GateReport {
        verdict: GateVerdict::Passed,
        reason: Some(text()),
        score: 1.0,
        low: 0.9,
        high: 1.1,
        bar: 0.7,
        rounds: 7,
        naive_ns: 2.0,
        yours_ns: 1.0,
        reference_ns: 1.0,
    };
    let exercise = ExerciseReport {
        exercise: "lesson-1/add".to_owned(),
        verdict: Verdict::Passed,
        cached: false,
        references: vec![text()],
        environment: Some(text()),
        compile_error: Some(CompileError { file: text(), line: 1, column: 1, rendered: text() }),
        tests: vec![test],
        gate: Some(gate),
        advice: Some(Advice { mistake: text(), title: text(), text: text() }),
    };
    Report {
        schema: SCHEMA,
        target: "lesson-1".to_owned(),
        solution: false,
        verdict: Verdict::Passed,
        exit_status: 0,
        exercises: vec![exercise],
    }
}

/// A trace in which nothing is absent.
fn full_trace() -> Recorded {
    let text = String::new;
    let machine = Machine { cpu: text(), cores: 2, kernel: text(), memory_gib: 24 };
    let lane = |name: &str| Lane { name: name.to_owned(), kernel: true };
    let gauge = Gauge { key: "queue".to_owned(), title: text(), unit: text(), max: 1 };
    let event = Event {
        at: 0,
        lane: "client".to_owned(),
        to: Some("kernel".to_owned()),
        kind: "write".to_owned(),
        text: "once".to_owned(),
        bad: true,
        gauges: [("queue".to_owned(), 1)].into(),
    };
    let cast = Cast { lanes: vec![lane("client"), lane("kernel")], gauges: vec![gauge] };
    let (title, command, date, parameters) = (text(), text(), text(), [].into());
    let head = Head { title, command, machine, date, parameters, cast };
    Recorded { head, events: vec![event] }
}

#[test]
fn a_trace_is_described_down_to_its_events() {
    let schema = schema();
    let trace = serde_json::to_value(full_trace()).expect("JSON");
    assert_valid_as("#/$defs/Trace", &trace);
    let parts = [
        ("Trace", &trace),
        ("Lane", &trace["lanes"][0]),
        ("Gauge", &trace["gauges"][0]),
        ("TraceEvent", &trace["events"][0]),
    ];
    for (name, part) in parts {
        let fields: BTreeSet<_> = part.as_object().expect("an object").keys().collect();
        let described = schema["$defs"][name]["properties"].as_object().expect("an object");
        assert_eq!(described.keys().collect::<BTreeSet<_>>(), fields, "{name}");
    }
    for (part, value) in [("at", json!(-1)), ("kind", json!("Write!")), ("bad", json!(false))] {
        let mut wrong = trace.clone();
        wrong["events"][0][part] = value;
        let valid = std::panic::catch_unwind(|| assert_valid_as("#/$defs/Trace", &wrong));
        assert!(valid.is_err(), "{part}");
    }
}

#[test]
fn every_field_is_described_and_nothing_else() {
    let schema = schema();
    let report = serde_json::to_value(full_report()).expect("JSON");
    let exercise = &report["exercises"][0];
    let objects = [
        ("Report", &report),
        ("ExerciseReport", exercise),
        ("CompileError", &exercise["compile_error"]),
        ("TestReport", &exercise["tests"][0]),
        ("GateReport", &exercise["gate"]),
        ("Advice", &exercise["advice"]),
    ];
    for (name, object) in objects {
        let fields: BTreeSet<_> = object.as_object().expect("an object").keys().collect();
        let described = schema["$defs"][name]["properties"].as_object().expect("an object");
        assert_eq!(described.keys().collect::<BTreeSet<_>>(), fields, "{name}");
        let required = schema["$defs"][name]["required"].as_array().expect("a list");
        assert_eq!(required.len(), fields.len(), "{name}: every field is always there");
        for (field, property) in described {
            assert!(
                property["description"].as_str().is_some_and(|text| text.len() > 10),
                "{name}.{field}"
            );
        }
    }
}

#[test]
fn every_value_of_the_enums_is_described_and_nothing_else() {
    // A new value stands in the way of compiling one of these.
    let verdict = |value| match value {
        Verdict::Passed | Verdict::Inconclusive | Verdict::Failed | Verdict::Environment => {
            json!(value)
        }
    };
    let outcome = |value| match value {
        Outcome::Passed
        | Outcome::Skipped
        | Outcome::NotStarted
        | Outcome::Wrong
        | Outcome::Panicked
        | Outcome::Hung
        | Outcome::Environment => json!(value),
    };
    let gate = |value| match value {
        GateVerdict::Passed | GateVerdict::Failed | GateVerdict::Inconclusive => json!(value),
    };
    let verdicts = [Verdict::Passed, Verdict::Inconclusive, Verdict::Failed, Verdict::Environment];
    let outcomes = [
        Outcome::Passed,
        Outcome::Skipped,
        Outcome::NotStarted,
        Outcome::Wrong,
        Outcome::Panicked,
        Outcome::Hung,
        Outcome::Environment,
    ];
    let gates = [GateVerdict::Passed, GateVerdict::Failed, GateVerdict::Inconclusive];
    let enums = [
        ("Verdict", verdicts.map(verdict).to_vec()),
        ("Outcome", outcomes.map(outcome).to_vec()),
        ("GateVerdict", gates.map(gate).to_vec()),
    ];
    for (name, values) in enums {
        let described = schema()["$defs"][name]["oneOf"].as_array().expect("a list").clone();
        let constants: Vec<_> = described.iter().map(|value| value["const"].clone()).collect();
        assert_eq!(constants, values, "{name}");
        assert!(described.iter().all(|value| value["description"].is_string()), "{name}");
    }
}
