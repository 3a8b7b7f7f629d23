//! Calls into the kernel that are counted by an eBPF program, without stopping anybody.

mod program;

use std::fs;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

use libc::c_long;

use self::program::Process;

/// More than there are calls.
const NUMBERS: u32 = 1024;

/// Counts the calls of a process until it is dropped.
pub(crate) struct Counting {
    map: OwnedFd,
    /// The program runs as long as this is open.
    _attached: OwnedFd,
}

impl Counting {
    /// Begins to count.
    ///
    /// # Errors
    ///
    /// The kernel has no `bpf(2)`, or does not let this process use it (`EPERM`: that needs CAP_BPF and CAP_PERFMON).
    pub(crate) fn of(process: u32) -> io::Result<Self> {
        let namespace = fs::metadata("/proc/self/ns/pid")?;
        let process = Process { id: process, device: namespace.dev(), inode: namespace.ino() };
        let map = create_map()?;
        let program = load(&process, &map)?;
        let attached = attach(&program)?;
        Ok(Self { map, _attached: attached })
    }

    /// How often the process has made a call so far.
    pub(crate) fn count(&self, number: c_long) -> io::Result<u64> {
        let (key, mut value) = (number as u32, 0_u64);
        let looked_up = Element {
            map: self.map.as_raw_fd() as u32,
            key: (&raw const key) as u64,
            value: (&raw mut value) as u64,
            flags: 0,
        };
        // SAFETY: The addresses are those of a key and of a value of the map's sizes, and both outlive the call.
        unsafe { bpf(MAP_LOOKUP_ELEM, &looked_up) }?;
        Ok(value)
    }
}

const MAP_CREATE: c_long = 0;
const MAP_LOOKUP_ELEM: c_long = 1;
const PROG_LOAD: c_long = 5;
const RAW_TRACEPOINT_OPEN: c_long = 17;

const MAP_TYPE_ARRAY: u32 = 2;
const PROG_TYPE_RAW_TRACEPOINT: u32 = 17;

#[repr(C)]
struct Map {
    kind: u32,
    key_size: u32,
    value_size: u32,
    entries_max: u32,
}

#[repr(C, align(8))]
struct Element {
    map: u32,
    key: u64,
    value: u64,
    flags: u64,
}

#[repr(C)]
struct Program {
    kind: u32,
    instructions: u32,
    code: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log: u64,
}

#[repr(C, align(8))]
struct Tracepoint {
    name: u64,
    program: u32,
}

fn create_map() -> io::Result<OwnedFd> {
    let map = Map { kind: MAP_TYPE_ARRAY, key_size: 4, value_size: 8, entries_max: NUMBERS };
    // SAFETY: There are no addresses in it, and what is returned is a descriptor.
    unsafe { Ok(OwnedFd::from_raw_fd(bpf(MAP_CREATE, &map)?)) }
}

/// The kernel looks at every way through the program, and refuses it if one of them could do harm.
fn load(process: &Process, map: &OwnedFd) -> io::Result<OwnedFd> {
    let code = program::counts_calls(process, map.as_raw_fd());
    let mut log = vec![0_u8; 64 * 1024];
    let program = Program {
        kind: PROG_TYPE_RAW_TRACEPOINT,
        instructions: code.len() as u32,
        code: code.as_ptr() as u64,
        license: c"GPL".as_ptr() as u64,
        log_level: 1,
        log_size: log.len() as u32,
        log: log.as_mut_ptr() as u64,
    };
    // SAFETY: The addresses are those of instructions, of a string that ends with a zero, and of room for the log, all of which
    // outlive the call. What is returned is a descriptor.
    let loaded = unsafe { bpf(PROG_LOAD, &program).map(|fd| OwnedFd::from_raw_fd(fd)) };
    loaded.inspect_err(|_| {
        let length = log.iter().position(|&byte| byte == 0).unwrap_or(log.len());
        eprint!("{}", String::from_utf8_lossy(&log[..length]));
    })
}

fn attach(program: &OwnedFd) -> io::Result<OwnedFd> {
    let at = Tracepoint { name: c"sys_enter".as_ptr() as u64, program: program.as_raw_fd() as u32 };
    // SAFETY: The address is that of a string that ends with a zero. What is returned is a descriptor.
    unsafe { Ok(OwnedFd::from_raw_fd(bpf(RAW_TRACEPOINT_OPEN, &at)?)) }
}

/// # Safety
///
/// `attributes` is what the command takes, and the addresses in it are valid for as long as the call lasts.
unsafe fn bpf<T>(command: c_long, attributes: &T) -> io::Result<i32> {
    let size = mem::size_of::<T>();
    // SAFETY: By the caller's promise; the kernel takes what is behind `size` for zeros.
    match unsafe { libc::syscall(libc::SYS_bpf, command, &raw const *attributes, size) } {
        -1 => Err(io::Error::last_os_error()),
        result => Ok(result as i32),
    }
}
