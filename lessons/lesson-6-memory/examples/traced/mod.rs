//! A program whose calls into the kernel are counted. It runs under `ptrace(2)`, which stops it at each of them; so it is slow,
//! and nothing is timed here.

use std::collections::HashSet;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::{ptr, thread};

use libc::{c_int, c_long, c_uint, pid_t};

/// Counts calls while it is told to.
#[derive(Default)]
pub(crate) struct Calls {
    counting: AtomicBool,
    /// A call stops twice, at its beginning and at its end.
    stops: AtomicU64,
}

impl Calls {
    /// How many there are while `work` runs, in all threads and children of the program.
    pub(crate) fn during<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        self.stops.store(0, SeqCst);
        self.counting.store(true, SeqCst);
        let done = work();
        self.counting.store(false, SeqCst);
        (done, self.stops.load(SeqCst).div_ceil(2))
    }
}

/// Starts a program, talks to it on another thread, and ends it.
pub(crate) fn run<T: Send>(
    mut command: Command,
    talk: impl FnOnce(ChildStdout, &Calls) -> T + Send,
) -> io::Result<T> {
    // SAFETY: between `fork` and `exec` this makes one system call, which touches no memory of this process.
    unsafe { command.pre_exec(|| asked(libc::PTRACE_TRACEME, 0, 0)) };
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let (stdout, id) = (child.stdout.take().expect("it is a pipe"), child.id() as pid_t);
    let calls = Calls::default();
    thread::scope(|scope| {
        let talking = scope.spawn(|| {
            let result = talk(stdout, &calls);
            // SAFETY: a system call, about a process that is this one's child, and is not waited for before it has ended.
            unsafe { libc::kill(id, libc::SIGTERM) };
            result
        });
        follow(id, &calls)?;
        talking.join().map_err(|_| io::Error::other("who talks to the program has panicked"))
    })
}

/// Lets the program go on from stop to stop, until it and all its children have ended.
fn follow(program: pid_t, calls: &Calls) -> io::Result<()> {
    let options = libc::PTRACE_O_EXITKILL
        | libc::PTRACE_O_TRACESYSGOOD
        | libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK;
    let mut known = HashSet::new();
    loop {
        let mut status: c_int = 0;
        // SAFETY: `status` is valid for the call.
        let id = unsafe { libc::waitpid(-1, &mut status, libc::__WALL) };
        if id < 0 {
            return Ok(());
        }
        if !libc::WIFSTOPPED(status) {
            continue;
        }
        let mut signal = 0;
        match libc::WSTOPSIG(status) {
            // Of the program the stop behind `exec`, of a child or a thread the one at its beginning.
            _ if known.insert(id) => {
                if id == program {
                    asked(libc::PTRACE_SETOPTIONS, id, c_long::from(options))?;
                }
            }
            stop if stop == libc::SIGTRAP | 0x80 => {
                let counts = calls.counting.load(SeqCst);
                calls.stops.fetch_add(u64::from(counts), SeqCst);
            }
            // It has a new child.
            libc::SIGTRAP => {}
            other => signal = other,
        }
        // One that has been killed meanwhile cannot go on, and is waited for next.
        let _ = asked(libc::PTRACE_SYSCALL, id, c_long::from(signal));
    }
}

fn asked(request: c_uint, id: pid_t, data: c_long) -> io::Result<()> {
    // SAFETY: none of the requests made here has the kernel write to this process's memory.
    match unsafe { libc::ptrace(request, id, ptr::null_mut::<u8>(), data) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
