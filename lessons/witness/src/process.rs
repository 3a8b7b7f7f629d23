//! A test in a process of its own, because of what it does to the one that it is in.

use std::env;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const VARIABLE: &str = "WITNESS_IN_A_PROCESS_OF_ITS_OWN";

/// How long such a test may take.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Runs `test`, which is the body of the test `name`, in another process: it takes all descriptors, say, or installs a
/// handler. What it prints is shown where the test's own output is.
///
/// # Panics
///
/// The test fails, or does not end.
pub fn in_its_own(name: &str, test: impl FnOnce()) {
    if env::var(VARIABLE).is_ok_and(|running| running == name) {
        return test();
    }
    let program = env::current_exe().expect("a test is a program");
    let mut command = Command::new(program);
    command.args([name, "--exact", "--nocapture"]).env(VARIABLE, name).stdin(Stdio::null());
    let mut process = command.spawn().expect("another process");
    let deadline = Instant::now() + WAIT_MAX;
    loop {
        match process.try_wait().expect("its parent can wait for it") {
            Some(status) => {
                return assert!(status.success(), "`{name}` in its own process: {status}");
            }
            None if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
            None => {
                process.kill().expect("it has not ended");
                process.wait().expect("it has been killed");
                panic!("`{name}` in its own process did not end within {WAIT_MAX:?}");
            }
        }
    }
}
