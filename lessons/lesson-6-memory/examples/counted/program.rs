//! A program for the machine within the kernel, put together by hand as an assembler would.

/// An instruction: eight bytes, the same on every processor.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Instruction {
    code: u8,
    /// Where the result goes, and above that what is read.
    registers: u8,
    offset: i16,
    immediate: i32,
}

/// Registers. A call takes what is in 1 to 5, returns in 0, and keeps 6 to 9; 10 is the end of the stack.
const RESULT: u8 = 0;
const CONTEXT: u8 = 1;
const NUMBER: u8 = 6;
const STACK: u8 = 10;

/// Functions of the kernel that programs may call ([bpf-helpers(7)](https://man7.org/linux/man-pages/man7/bpf-helpers.7.html)).
const MAP_LOOKUP_ELEM: i32 = 1;
const GET_NS_CURRENT_PID_TGID: i32 = 120;

/// Where on the stack the two ids of the caller are written to, and the number of the call.
const IDS: i16 = -8;
const PROCESS: i16 = -4;
const KEY: i16 = -12;

/// Whom to look at: a process, by its id within a namespace, which a device and a file number name.
pub(crate) struct Process {
    pub(crate) id: u32,
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

// ANCHOR: program
/// Runs whenever anybody calls into the kernel. `context[1]` is the number of the call. It adds one to `map[number]`, if the
/// caller is `process`.
pub(crate) fn counts_calls(process: &Process, map: i32) -> Vec<Instruction> {
    let count = vec![set(1, 1), add_atomically(RESULT, 1)];
    let look_up = [
        vec![store_half(STACK, KEY, NUMBER)],
        constant(1, MAP, map as u64),
        vec![copy(2, STACK), add(2, KEY.into()), call(MAP_LOOKUP_ELEM)],
        // The number may be larger than the map. Without this question the program is not let in.
        if_not(RESULT, 0, count),
    ];
    let look_at_the_caller =
        [vec![load_half(1, STACK, PROCESS)], if_equal(1, process.id as i32, look_up.concat())];
    let program = [
        vec![load(NUMBER, CONTEXT, 8)],
        constant(1, VALUE, process.device),
        constant(2, VALUE, process.inode),
        vec![copy(3, STACK), add(3, IDS.into()), set(4, 8), call(GET_NS_CURRENT_PID_TGID)],
        // Not zero: the caller is in another namespace.
        if_equal(RESULT, 0, look_at_the_caller.concat()),
        vec![set(RESULT, 0), END],
    ];
    program.concat()
}
// ANCHOR_END: program

const fn instruction(code: u8, to: u8, from: u8, offset: i16, immediate: i32) -> Instruction {
    Instruction { code, registers: from << 4 | to, offset, immediate }
}

const END: Instruction = instruction(0x95, 0, 0, 0, 0);

fn copy(to: u8, from: u8) -> Instruction {
    instruction(0xbf, to, from, 0, 0)
}

fn set(to: u8, immediate: i32) -> Instruction {
    instruction(0xb7, to, 0, 0, immediate)
}

fn add(to: u8, immediate: i32) -> Instruction {
    instruction(0x07, to, 0, 0, immediate)
}

/// 64 bits of memory.
fn load(to: u8, from: u8, offset: i16) -> Instruction {
    instruction(0x79, to, from, offset, 0)
}

/// 32 bits of memory.
fn load_half(to: u8, from: u8, offset: i16) -> Instruction {
    instruction(0x61, to, from, offset, 0)
}

fn store_half(to: u8, offset: i16, from: u8) -> Instruction {
    instruction(0x63, to, from, offset, 0)
}

/// Adds a register to 64 bits of memory, which other processors may change at the same time.
fn add_atomically(to: u8, from: u8) -> Instruction {
    instruction(0xdb, to, from, 0, 0)
}

/// What is done only if a register has this value: a jump leads over it.
fn if_equal(register: u8, immediate: i32, body: Vec<Instruction>) -> Vec<Instruction> {
    let over = instruction(0x55, register, 0, body.len() as i16, immediate);
    [vec![over], body].concat()
}

fn if_not(register: u8, immediate: i32, body: Vec<Instruction>) -> Vec<Instruction> {
    let over = instruction(0x15, register, 0, body.len() as i16, immediate);
    [vec![over], body].concat()
}

fn call(function: i32) -> Instruction {
    instruction(0x85, 0, 0, 0, function)
}

/// What a constant is: a number, or the descriptor of a map. The kernel puts the map's address in its place.
const VALUE: u8 = 0;
const MAP: u8 = 1;

/// 64 bits, in two instructions.
fn constant(to: u8, kind: u8, value: u64) -> Vec<Instruction> {
    let (low, high) = (value as i32, (value >> 32) as i32);
    vec![instruction(0x18, to, kind, 0, low), instruction(0, 0, 0, 0, high)]
}
