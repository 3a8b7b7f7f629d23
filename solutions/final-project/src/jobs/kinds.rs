//! What can be done as a job.

use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::primes;

/// How long a nap is.
const NAP: Duration = Duration::from_secs(2);
/// Some minutes of work.
const BELOW_MAX: u64 = 1_000_000_000_000;

/// A job, as it is submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "input", rename_all = "lowercase", deny_unknown_fields)]
pub enum Work {
    /// How many primes there are below a number.
    Primes {
        /// The number.
        below: u64,
    },
    /// Something that goes wrong, for tests (setting `job_faults`).
    Fault(Fault),
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// It reads where there is nothing.
    Segfault,
    /// It panics.
    Panic,
    /// It never ends, and takes all the processor time that it gets.
    Spin,
    /// It never ends, and does nothing.
    Sleep,
    /// It does nothing for two seconds, and ends well: a long job that takes no processor time.
    Nap,
    /// It takes all the memory that it gets.
    Eat,
    /// It starts processes, which start processes.
    Fork,
    /// It says that it cannot be done.
    Refuse,
}

impl Work {
    /// Whether it may be submitted.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check(&self, faults: bool) -> Result<(), String> {
        match self {
            Self::Primes { below } if *below > BELOW_MAX => {
                Err(format!("`below` can be up to {BELOW_MAX}"))
            }
            Self::Fault(_) if !faults => Err("`fault` needs the setting `job_faults`".to_owned()),
            _ => Ok(()),
        }
    }

    /// Does it.
    ///
    /// # Errors
    ///
    /// Why it cannot be done.
    pub fn run(&self) -> Result<Value, String> {
        match self {
            Self::Primes { below } => {
                let count = primes::count(*below, || true);
                Ok(json!({"below": below, "count": count}))
            }
            Self::Fault(fault) => fault.commit(),
        }
    }
}

impl Fault {
    fn commit(self) -> Result<Value, String> {
        match self {
            // The standard library takes the first one for a stack overflow, looks, and lets the next one pass.
            Self::Segfault => loop {
                let _ = kill_process(getpid(), Signal::SEGV);
            },
            Self::Panic => panic!("as it was asked to"),
            Self::Spin => loop {
                std::hint::spin_loop();
            },
            Self::Sleep => loop {
                std::thread::park();
            },
            Self::Nap => {
                std::thread::sleep(NAP);
                Ok(json!({"seconds": NAP.as_secs()}))
            }
            Self::Eat => {
                // Not touched: the limit is one of addresses, and a job gets what processor time the others leave.
                let mut eaten = Vec::new();
                loop {
                    eaten.push(std::hint::black_box(Vec::<u8>::with_capacity(1 << 20)));
                }
            }
            Self::Fork => {
                let started = std::process::Command::new("/proc/self/exe").arg("--version").spawn();
                match started {
                    Ok(child) => Ok(json!({"started": child.id()})),
                    Err(error) => Err(format!("no process can be started: {error}")),
                }
            }
            Self::Refuse => Err("it cannot be done".to_owned()),
        }
    }
}
