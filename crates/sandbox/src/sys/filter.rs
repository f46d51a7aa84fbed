//! System call filters, and the notifications of calls that they deny.

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use libc::{c_long, c_ulong};
use rustix::io::Errno;

use super::{Result, check};

/// Installs a seccomp filter for this thread and all it will execute.
///
/// `SPEC_ALLOW`: without it kernels before 5.16 switch on the Speculative Store Bypass mitigation
/// for every filtered process, which slows programs by up to half and protects only against code
/// that shares our address space; a cell shares none.
pub fn install_seccomp(program: &[seccompiler::sock_filter]) -> Result<()> {
    install(program, libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW).map(drop)
}

/// Installs a filter whose `SECCOMP_RET_USER_NOTIF` is told to the holder of the returned
/// descriptor, which could also answer these calls: no program may ever have it.
pub fn install_notifying_seccomp(program: &[seccompiler::sock_filter]) -> Result<OwnedFd> {
    let flags = libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW | libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    let listener = install(program, flags)?;
    // SAFETY: with this flag the kernel returned a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(listener as i32) })
}

fn install(program: &[seccompiler::sock_filter], flags: c_ulong) -> Result<c_long> {
    let fprog = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(|_| Errno::TOOBIG)?,
        filter: program.as_ptr().cast_mut().cast(),
    };
    // SAFETY: `seccompiler::sock_filter` is `repr(C)` with the fields of the kernel's struct. The
    // kernel copies `len` entries out of a live slice of that length and never writes to it.
    check(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            flags,
            &raw const fprog,
        )
    })
}

/// Returns a filter as bytes: an array of the kernel's `struct sock_filter`.
pub fn filter_bytes(program: &[seccompiler::sock_filter]) -> Vec<u8> {
    let fields = |statement: &seccompiler::sock_filter| {
        let [a, b] = statement.code.to_ne_bytes();
        let [c, d, e, f] = statement.k.to_ne_bytes();
        [a, b, statement.jt, statement.jf, c, d, e, f]
    };
    program.iter().flat_map(fields).collect()
}

/// A denied call as the kernel reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyscallNotification {
    pub number: i32,
    /// An `AUDIT_ARCH_*` value.
    pub architecture: u32,
    pub arguments: [u64; 6],
}

/// Takes the next notification of a listener that is readable. `None` if its caller was killed or
/// interrupted before: its call was not carried out.
pub fn receive_notification(listener: BorrowedFd<'_>) -> Result<Option<SyscallNotification>> {
    // SAFETY: plain data for which all-zero is valid, as the kernel demands it to be.
    let mut notification: libc::seccomp_notif = unsafe { std::mem::zeroed() };
    // SAFETY: the request's number holds the size of the struct, which is initialised, exclusively
    // borrowed and outlives the call.
    let returned = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_RECV,
            &raw mut notification,
        )
    };
    match check(returned.into()) {
        Ok(_) => Ok(Some(SyscallNotification {
            number: notification.data.nr,
            architecture: notification.data.arch,
            arguments: notification.data.args,
        })),
        Err(Errno::NOENT | Errno::INTR) => Ok(None),
        Err(error) => Err(error),
    }
}
