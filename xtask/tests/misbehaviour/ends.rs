//! Every way to end that is no hang.

use std::thread;

use tiny::add::*;

#[test]
fn passes() {}

#[test]
fn is_skipped() {
    eprintln!("witness: skipped: there is no tape drive");
}

#[test]
fn meets_a_bad_machine() {
    panic!("witness: environment: port 80 is taken");
}

#[test]
fn is_not_started() {
    task();
}

#[test]
fn is_not_started_on_another_thread() {
    assert!(thread::spawn(task).join().is_ok(), "the worker is alive");
}

#[test]
fn is_wrong() {
    println!("so far, so good");
    assert_eq!([1, 2], [1, 3], "after the second step");
}

#[test]
fn is_wrong_and_long() {
    assert_eq!(vec![7; 600_000], [7]);
}

#[test]
fn is_wrong_in_the_middle() {
    asks_again();
}

#[test]
fn catches_what_is_wrong() {
    assert!(std::panic::catch_unwind(rejects_what_is_right).is_err());
    panic!("witness: wrong: it rejects what is right");
}

#[test]
fn panics() {
    index(b"short");
}

#[test]
fn panics_on_another_thread() {
    let worker = thread::Builder::new().name("worker".to_owned()).spawn(|| index(b"short"));
    let joined = worker.expect("a thread").join();
    assert!(joined.is_ok(), "the worker has died");
}

#[test]
fn dies_of_a_second_panic() {
    panics_twice();
}

#[test]
fn exits_well() {
    std::process::exit(0);
}

#[test]
fn exits_badly() {
    std::process::exit(3);
}

#[test]
fn aborts() {
    std::process::abort();
}

#[test]
fn overflows_the_stack() {
    overflows(0);
}

#[test]
fn is_ended_by_a_signal() {
    reads_what_is_not_its_own();
}

#[test]
fn allocates() {
    allocates_without_end();
}

#[test]
fn prints() {
    prints_without_end();
}

#[test]
fn prints_no_line_end() {
    print!("no line end");
}

#[test]
fn leaves_children() {
    leaves_a_child("1000.1");
    leaves_a_child("1000.2");
}

#[test]
fn leaves_daemons() {
    leaves_a_daemon("1000.3");
}

#[test]
fn leaves_threads() {
    leaves_a_thread();
}

#[test]
fn kills_its_parent() {
    leaves_a_child("1000.4");
    let parent = std::os::unix::process::parent_id();
    let kill = std::process::Command::new("kill").args(["-9", &parent.to_string()]).status();
    assert!(kill.expect("there is `kill`").success());
    loops();
}
