//! What a launcher is told to start, and what it says: the form on the wire.
//!
//! Not JSON as everywhere else: a launcher may be an interpreter's extension written in C, and the
//! built-in one must take an order apart without allocating, because it shares its memory with the
//! process that becomes the program.
//!
//! An order is one datagram: three numbers of 32 bits, little-endian like all of them (how many
//! arguments, variables and limits follow), each limit as a number of 32 bits that names it, 32 bits of
//! nothing and its value in 64 bits; then the strings, each ended by NUL: the program's path (empty where
//! it is the fourth descriptor), the arguments, the variables as `NAME=value`. Its descriptors are stdin,
//! stdout, stderr and maybe the program.
//!
//! A launcher says `R` (what comes next can be told), `E` (it ended, see [`LauncherMessage::Exited`]) or `F` (it could
//! not be started) with a text: an error of ours as JSON, or any other.

use std::ffi::CStr;

use rustix::process::Resource;

use super::bytes::{long_number, number};
use crate::Limits;
use crate::cgroup::OURS;

/// Room for paths and arguments; contents travel as descriptors.
pub const MAX_ORDER_BYTES: usize = 128 * 1024;

/// A soft and hard limit, by the kernel's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceLimit {
    pub resource: u32,
    pub value: u64,
}

/// The limits that a process gives itself before it is the program. It can't raise them again, but for the
/// stack's.
///
/// `counted` says that a control group counts the cell's processes; else the kernel counts them by user,
/// in the cell's own user namespace (Linux 5.14), with those of ours that are in the cell: a second
/// best. Nothing of the kind is to be had for memory: runtimes reserve far more than they touch, and a
/// thread's stack, which is as large as the main one's may become, would count in full.
pub fn ceilings(limits: &Limits, counted: bool) -> Vec<ResourceLimit> {
    // Above what the supervisor enforces: this is for the case that it can't.
    let cpu_seconds = limits.cpu_time.as_secs().saturating_add(2);
    let processes = (!counted).then_some((Resource::Nproc, u64::from(limits.processes + OURS)));
    let table = [
        (Resource::Cpu, cpu_seconds),
        (Resource::Fsize, limits.file_bytes),
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

/// Writes an order. `None` when it is too long, or when there is a NUL in a string.
pub fn write(
    ceilings: &[ResourceLimit],
    path: &str,
    argv: &[String],
    env: &[(String, String)],
) -> Option<Vec<u8>> {
    let mut order = Vec::with_capacity(1024);
    let counts = [argv.len(), env.len(), ceilings.len()];
    for count in counts {
        order.extend(u32::try_from(count).ok()?.to_le_bytes());
    }
    for ceiling in ceilings {
        order.extend(ceiling.resource.to_le_bytes());
        order.extend([0; 4]);
        order.extend(ceiling.value.to_le_bytes());
    }
    let mut nuls = 0;
    let mut string = |parts: &[&str]| {
        parts.iter().for_each(|part| {
            nuls += part.bytes().filter(|byte| *byte == 0).count();
            order.extend(part.as_bytes());
        });
        order.push(0);
    };
    string(&[path]);
    argv.iter().for_each(|argument| string(&[argument]));
    env.iter()
        .for_each(|(name, value)| string(&[name, "=", value]));
    (nuls == 0 && order.len() <= MAX_ORDER_BYTES).then_some(order)
}

/// An order, taken apart where it lies.
#[derive(Debug, Clone, Copy)]
pub struct ExecRequest<'a> {
    /// `None` where a descriptor is the program.
    pub path: Option<&'a CStr>,
    ceilings: &'a [u8],
    argc: usize,
    strings: &'a [u8],
}

const CEILING_BYTES: usize = 16;

impl<'a> ExecRequest<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(12)?;
        let [argc, envc, limits] = [0, 4, 8].map(|at| number(head, at));
        let (ceilings, mut strings) = rest.split_at_checked(limits as usize * CEILING_BYTES)?;
        let path = next_string(&mut strings)?;
        let order = ExecRequest {
            path: (!path.is_empty()).then_some(path),
            ceilings,
            argc: argc as usize,
            strings,
        };
        let told = argc as usize + envc as usize;
        (order.strings().count() == told).then_some(order)
    }

    fn strings(self) -> impl Iterator<Item = &'a CStr> {
        let mut rest = self.strings;
        std::iter::from_fn(move || next_string(&mut rest))
    }

    pub fn argv(self) -> impl Iterator<Item = &'a CStr> {
        self.strings().take(self.argc)
    }

    pub fn env(self) -> impl Iterator<Item = &'a CStr> {
        self.strings().skip(self.argc)
    }

    pub fn ceilings(self) -> impl Iterator<Item = ResourceLimit> {
        self.ceilings
            .chunks_exact(CEILING_BYTES)
            .map(|bytes| ResourceLimit {
                resource: number(bytes, 0),
                value: long_number(bytes, 8),
            })
    }
}

fn next_string<'a>(rest: &mut &'a [u8]) -> Option<&'a CStr> {
    let string = CStr::from_bytes_until_nul(rest).ok()?;
    *rest = &rest[string.count_bytes() + 1..];
    Some(string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_it_was_written() {
        let limits = ceilings(&Limits::default(), false);
        let argv = ["python3", "", "größer"].map(str::to_owned);
        let env = [("A".to_owned(), "b=c".to_owned())];
        let bytes = write(&limits, "/usr/bin/x", &argv, &env).unwrap();
        let order = ExecRequest::read(&bytes).unwrap();
        let text = |string: &CStr| string.to_str().unwrap().to_owned();
        assert_eq!(order.path.map(text).as_deref(), Some("/usr/bin/x"));
        assert!(order.argv().map(text).eq(argv));
        assert!(order.env().map(text).eq(["A=b=c"]));
        assert!(order.ceilings().eq(limits));
        let bytes = write(&[], "", &[], &[]).unwrap();
        let order = ExecRequest::read(&bytes).unwrap();
        assert_eq!(order.path, None);
    }

    #[test]
    fn what_is_not_an_order_is_none() {
        let argv = ["a".to_owned()];
        let good = write(&[], "", &argv, &[]).unwrap();
        for length in 0..good.len() {
            assert!(ExecRequest::read(&good[..length]).is_none(), "{length}");
        }
        let mut more = good;
        more.extend(b"b\0");
        assert!(ExecRequest::read(&more).is_none());
        let with_nul = ["a\0b".to_owned()];
        assert!(write(&[], "", &with_nul, &[]).is_none());
        let long = ["a".repeat(MAX_ORDER_BYTES)];
        assert!(write(&[], "", &long, &[]).is_none());
    }
}
