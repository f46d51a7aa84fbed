//! Filters that the filter compiler can't express, instruction by instruction.

use std::collections::{BTreeMap, BTreeSet};

use seccompiler::{BpfProgram, sock_filter};

/// Last call that our tables know by name, `mseal`; from 424 on the numbers are the same
/// on all architectures.
const LAST_KNOWN: u32 = 462;

/// `AUDIT_ARCH_*` of the machine's own calls.
pub const NATIVE_ARCHITECTURE: u32 = if cfg!(target_arch = "aarch64") {
    0xc000_00b7
} else {
    0xc000_003e
};

/// First number of the x32 ABI.
const X32: u32 = 0x4000_0000;

fn statement(code: u32, k: u32) -> sock_filter {
    sock_filter {
        code: code as u16,
        jt: 0,
        jf: 0,
        k,
    }
}

/// Skips `jt` instructions if the comparison holds, else `jf`.
fn jump(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter {
        jt,
        jf,
        ..statement(libc::BPF_JMP | libc::BPF_K | code, k)
    }
}

fn load_syscall_number() -> sock_filter {
    statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0)
}

pub fn answer(action: u32) -> sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, action)
}

/// Condition on 32 bits of what a filter sees of a call: `(word & mask) == equals`; or, with
/// `differs`, that it is not `equals`.
#[derive(Debug, Clone, Copy)]
pub struct WordCheck {
    /// Byte offset in `struct seccomp_data`.
    pub offset: u32,
    pub mask: u32,
    pub equals: u32,
    pub differs: bool,
}

impl WordCheck {
    /// Returns the checks of an argument's lower and upper half.
    pub fn of_argument(index: u8, mask: u64, equals: u64, differs: bool) -> [WordCheck; 2] {
        const FIRST_ARGUMENT: u32 = 16;
        const LOW: u32 = if cfg!(target_endian = "little") { 0 } else { 4 };
        [(LOW, 0), (4 - LOW, 32)].map(|(half, shift)| WordCheck {
            offset: FIRST_ARGUMENT + 8 * u32::from(index) + half,
            mask: (mask >> shift) as u32,
            equals: (equals >> shift) as u32,
            differs,
        })
    }
}

/// Returns code that gives an answer if all checks hold, and else goes on behind it.
pub fn answer_if(checks: &[WordCheck], action: u32) -> BpfProgram {
    let mut code = vec![answer(action)];
    for check in checks.iter().rev() {
        let to_end = code.len() as u8;
        let (if_equal, if_not) = if check.differs {
            (to_end, 0)
        } else {
            (0, to_end)
        };
        let mask = statement(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, check.mask);
        let word = [
            Some(statement(
                libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
                check.offset,
            )),
            Some(mask).filter(|_| check.mask != u32::MAX),
            Some(jump(libc::BPF_JEQ, check.equals, if_equal, if_not)),
        ];
        let word = word.into_iter().flatten();
        code.splice(0..0, word);
    }
    code
}

/// Returns a filter that finds the code for a call by a binary search of its number: it is installed
/// for every program, and that costs the less the shorter its paths are. Each code ends in answers;
/// `otherwise` is the answer to all other calls, those of other architectures included; but `unknown`
/// is the answer to those that are newer than our lists.
pub fn by_number(codes: &BTreeMap<u32, BpfProgram>, otherwise: u32, unknown: u32) -> BpfProgram {
    let otherwise = vec![answer(otherwise)];
    let (unknown, newer) = (vec![answer(unknown)], LAST_KNOWN + 1..X32);
    let ends = codes.keys().flat_map(|number| [*number, number + 1]);
    let firsts: BTreeSet<u32> = ends.chain([0, newer.start, newer.end]).collect();
    let code_of = |first: u32| {
        let default = if newer.contains(&first) {
            &unknown
        } else {
            &otherwise
        };
        (first, codes.get(&first).unwrap_or(default))
    };
    let mut ranges: Vec<(u32, &BpfProgram)> = firsts.into_iter().map(code_of).collect();
    ranges.dedup_by(|next, before| next.1 == before.1);
    let mut filter = vec![
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 4),
        jump(libc::BPF_JEQ, NATIVE_ARCHITECTURE, 1, 0),
        otherwise[0].clone(),
        load_syscall_number(),
    ];
    filter.extend(search(&ranges));
    filter
}

/// Returns the search in ranges, each from its first number to the next one's.
fn search(ranges: &[(u32, &BpfProgram)]) -> BpfProgram {
    if let [(_, code)] = ranges {
        return code.to_vec();
    }
    let (low, high) = ranges.split_at(ranges.len() / 2);
    let (low_code, high_code) = (search(low), search(high));
    let first_high = high[0].0;
    let mut tree = match u8::try_from(low_code.len()) {
        Ok(length) => vec![jump(libc::BPF_JGE, first_high, length, 0)],
        // Too far for a conditional jump.
        Err(_) => vec![
            jump(libc::BPF_JGE, first_high, 0, 1),
            statement(libc::BPF_JMP | libc::BPF_JA, low_code.len() as u32),
        ],
    };
    tree.extend(low_code);
    tree.extend(high_code);
    tree
}

/// Adds the answer for when no condition held, unless there is none.
pub fn end_with(code: &mut BpfProgram, action: u32) {
    let has_condition = code.len() > 1;
    if has_condition {
        code.push(answer(action));
    }
}

/// Replaces the answer that kills the process by another.
pub fn replace_kill(program: &mut BpfProgram, action: u32) {
    let kill = answer(libc::SECCOMP_RET_KILL_PROCESS);
    for instruction in program
        .iter_mut()
        .filter(|instruction| **instruction == kill)
    {
        *instruction = answer(action);
    }
}
