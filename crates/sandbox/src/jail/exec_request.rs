//! Requests to a launcher to execute a program: the form on the wire.
//!
//! Not JSON as everywhere else: a launcher may be an interpreter's extension written in C, and the
//! built-in one must decode a request without allocating, because it shares its memory with the
//! process that becomes the program.
//!
//! A request is one datagram: three numbers of 32 bits, little-endian like all of them (how many
//! arguments, variables and limits follow), each limit as a number of 32 bits that names it, 32
//! zero bits and its value in 64 bits; then the strings, each ended by NUL: the program's path
//! (empty if it is the fourth descriptor), the arguments, the variables as `NAME=value`. Its
//! descriptors are stdin, stdout, stderr and optionally the program.
//!
//! The launcher's messages are in `jail/launcher_message.rs`.

use std::ffi::CStr;

use rustix::process::Resource;

use super::bytes::{long_number, number};
use crate::cgroup::OWN_PROCESSES;
use crate::{ColdStart, Limits};

/// Room for paths and arguments; file contents travel as descriptors.
pub const MAX_REQUEST_BYTES: usize = 128 * 1024;

/// A soft and hard limit (`RLIMIT_*`), by the kernel's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceLimit {
    pub resource: u32,
    pub value: u64,
}

/// Returns the limits that a process sets on itself before it becomes the program. It can't raise
/// them again, except the stack's.
///
/// `counted`: a control group counts the cell's processes. Otherwise the kernel counts them by
/// user, in the cell's own user namespace (Linux 5.14), together with our own processes in the
/// cell, which is less exact. Memory has no such limit: runtimes reserve far more than they touch,
/// and a thread's stack, which is as large as the main one's may become, would count in full.
pub fn resource_limits(limits: &Limits, counted: bool) -> Vec<ResourceLimit> {
    // Above the limit that the supervisor enforces, in case it fails to. Half as much again: the
    // kernel compares this one with whole ticks, which a virtual machine that is kept from running
    // counts in full.
    let seconds = limits.cpu_time.as_secs();
    let cpu_seconds = seconds.saturating_add(seconds / 2 + 2);
    let processes =
        (!counted).then_some((Resource::Nproc, u64::from(limits.processes + OWN_PROCESSES)));
    let table = [
        (Resource::Cpu, cpu_seconds),
        // Standard output is a file too: it may grow until it is seen to be above its limit.
        (
            Resource::Fsize,
            limits.file_bytes.max(limits.output_bytes.saturating_add(1)),
        ),
        (Resource::Nofile, u64::from(limits.open_files)),
        (Resource::Stack, limits.stack_bytes),
        (Resource::Memlock, 64 * 1024),
        (Resource::Msgqueue, 0),
        (Resource::Nice, 0),
        (Resource::Rtprio, 0),
        (Resource::Sigpending, 256),
    ];
    let all = table.into_iter().chain(processes);
    all.map(|(resource, value)| ResourceLimit {
        resource: resource as u32,
        value,
    })
    .collect()
}

/// Returns the arguments of an interpreter that is started for one program.
pub fn cold_argv(argv: &[String], cold_start: Option<&ColdStart>, stack_bytes: u64) -> Vec<String> {
    let mut argv = argv.to_vec();
    if let Some(cold_start) = cold_start.filter(|cold| argv.starts_with(&cold.argv_prefix)) {
        let stack = stack_kib(stack_bytes).map(|kib| format!("{}{kib}", cold_start.stack_option));
        let options = stack.into_iter().chain(cold_start.options.iter().cloned());
        argv.splice(1..1, options);
    }
    argv
}

/// Returns how much of its stack a runtime may use for the program, in KiB, or `None` if the stack
/// is so small that the runtime's own setting is better. The remainder is for the arguments, and
/// for functions of the runtime that don't look at the limit.
fn stack_kib(stack_bytes: u64) -> Option<u64> {
    const SMALLEST: u64 = 4 << 20;
    const RESERVE: u64 = 2 << 20;
    (stack_bytes >= SMALLEST).then(|| (stack_bytes - RESERVE) / 1024)
}

/// Encodes a request. `None` if it is too long, or if a string has a NUL in it.
pub fn encode(
    limits: &[ResourceLimit],
    path: &str,
    argv: &[String],
    env: &[(String, String)],
) -> Option<Vec<u8>> {
    let mut request = Vec::with_capacity(1024);
    let counts = [argv.len(), env.len(), limits.len()];
    for count in counts {
        request.extend(u32::try_from(count).ok()?.to_le_bytes());
    }
    for limit in limits {
        request.extend(limit.resource.to_le_bytes());
        request.extend([0; 4]);
        request.extend(limit.value.to_le_bytes());
    }
    let mut nuls = 0;
    let mut string = |parts: &[&str]| {
        parts.iter().for_each(|part| {
            nuls += part.bytes().filter(|byte| *byte == 0).count();
            request.extend(part.as_bytes());
        });
        request.push(0);
    };
    string(&[path]);
    argv.iter().for_each(|argument| string(&[argument]));
    env.iter()
        .for_each(|(name, value)| string(&[name, "=", value]));
    (nuls == 0 && request.len() <= MAX_REQUEST_BYTES).then_some(request)
}

/// A decoded request; it borrows the datagram.
#[derive(Debug, Clone, Copy)]
pub struct ExecRequest<'a> {
    /// `None` if a descriptor is the program.
    pub path: Option<&'a CStr>,
    limits: &'a [u8],
    argc: usize,
    strings: &'a [u8],
}

const LIMIT_BYTES: usize = 16;

impl<'a> ExecRequest<'a> {
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (head, tail) = bytes.split_at_checked(12)?;
        let [argc, envc, limit_count] = [0, 4, 8].map(|at| number(head, at));
        let (limits, mut strings) = tail.split_at_checked(limit_count as usize * LIMIT_BYTES)?;
        let path = next_string(&mut strings)?;
        let request = ExecRequest {
            path: (!path.is_empty()).then_some(path),
            limits,
            argc: argc as usize,
            strings,
        };
        let announced = argc as usize + envc as usize;
        (request.strings().count() == announced).then_some(request)
    }

    fn strings(self) -> impl Iterator<Item = &'a CStr> {
        let mut tail = self.strings;
        std::iter::from_fn(move || next_string(&mut tail))
    }

    pub fn argv(self) -> impl Iterator<Item = &'a CStr> {
        self.strings().take(self.argc)
    }

    pub fn env(self) -> impl Iterator<Item = &'a CStr> {
        self.strings().skip(self.argc)
    }

    pub fn limits(self) -> impl Iterator<Item = ResourceLimit> {
        self.limits
            .chunks_exact(LIMIT_BYTES)
            .map(|bytes| ResourceLimit {
                resource: number(bytes, 0),
                value: long_number(bytes, 8),
            })
    }
}

fn next_string<'a>(tail: &mut &'a [u8]) -> Option<&'a CStr> {
    let string = CStr::from_bytes_until_nul(tail).ok()?;
    *tail = &tail[string.count_bytes() + 1..];
    Some(string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_survives_a_round_trip() {
        let limits = resource_limits(&Limits::default(), false);
        let argv = ["python3", "", "größer"].map(str::to_owned);
        let env = [("A".to_owned(), "b=c".to_owned())];
        let bytes = encode(&limits, "/usr/bin/x", &argv, &env).unwrap();
        let request = ExecRequest::decode(&bytes).unwrap();
        let text = |string: &CStr| string.to_str().unwrap().to_owned();
        assert_eq!(request.path.map(text).as_deref(), Some("/usr/bin/x"));
        assert!(request.argv().map(text).eq(argv));
        assert!(request.env().map(text).eq(["A=b=c"]));
        assert!(request.limits().eq(limits));
        let bytes = encode(&[], "", &[], &[]).unwrap();
        let request = ExecRequest::decode(&bytes).unwrap();
        assert_eq!(request.path, None);
    }

    #[test]
    fn malformed_requests_are_none() {
        let argv = ["a".to_owned()];
        let good = encode(&[], "", &argv, &[]).unwrap();
        for length in 0..good.len() {
            assert!(ExecRequest::decode(&good[..length]).is_none(), "{length}");
        }
        let mut more = good;
        more.extend(b"b\0");
        assert!(ExecRequest::decode(&more).is_none());
        let with_nul = ["a\0b".to_owned()];
        assert!(encode(&[], "", &with_nul, &[]).is_none());
        let long = ["a".repeat(MAX_REQUEST_BYTES)];
        assert!(encode(&[], "", &long, &[]).is_none());
    }
}
