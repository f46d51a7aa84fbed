//! Filters that the filter compiler can't express, instruction by instruction.

use seccompiler::{BpfProgram, sock_filter};

/// Last call that the filter compiler knows by name, `mseal`; from 424 on the numbers are the same
/// on all architectures.
const LAST_KNOWN: u32 = 462;

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

/// Returns the start of a filter: calls that are newer than our lists get the answer of a kernel
/// that lacks them, because a new libc tries them and then falls back. Numbers of x32, and those of
/// another architecture, are left to the filter that follows, which ends the program.
pub fn unknown_calls_first() -> BpfProgram {
    vec![
        load_syscall_number(),
        jump(libc::BPF_JGE, X32, 2, 0),
        jump(libc::BPF_JGT, LAST_KNOWN, 0, 1),
        answer(libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
    ]
}

/// Returns a filter for these calls and no others: each is refused with an error number, or
/// `otherwise` decides.
///
/// It does not check the architecture: it is for processes that have a filter which does.
pub fn some_calls<const N: usize>(
    cases: &[(u32, Option<u32>); N],
    otherwise: BpfProgram,
) -> BpfProgram {
    let mut filter = vec![load_syscall_number()];
    // Behind the comparisons: the answer for all other calls, and then one for each that is
    // refused.
    let refused: Vec<u32> = cases.iter().filter_map(|(_, errno)| *errno).collect();
    let mut refusals = 0;
    for (place, (number, errno)) in cases.iter().enumerate() {
        let left = N - place - 1;
        let answers_before = match errno {
            Some(_) => {
                refusals += 1;
                refusals
            }
            None => 1 + refused.len(),
        };
        filter.push(jump(
            libc::BPF_JEQ,
            *number,
            (left + answers_before) as u8,
            0,
        ));
    }
    filter.push(answer(libc::SECCOMP_RET_ALLOW));
    filter.extend(
        refused
            .iter()
            .map(|errno| answer(libc::SECCOMP_RET_ERRNO | errno)),
    );
    filter.extend(otherwise);
    filter
}

/// Joins two filters: where `first` allows a call, `second` decides.
pub fn unless_answered(first: BpfProgram, second: BpfProgram) -> BpfProgram {
    let end = first.len();
    let allow = answer(libc::SECCOMP_RET_ALLOW);
    let to_second = |(place, instruction): (usize, sock_filter)| {
        if instruction.code == allow.code && instruction.k == allow.k {
            statement(libc::BPF_JMP | libc::BPF_JA, (end - place - 1) as u32)
        } else {
            instruction
        }
    };
    let first = first.into_iter().enumerate().map(to_second);
    first.chain(second).collect()
}
