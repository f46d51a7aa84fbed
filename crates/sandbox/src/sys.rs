//! Every `unsafe` block of the project: the few system calls for which `rustix` has no safe form.
//! Each wrapper keeps the error number typed and says why it is sound.

use std::ffi::{CString, c_char, c_int, c_long, c_uint};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::Pid;

type Result<T> = std::result::Result<T, Errno>;

fn check(returned: c_long) -> Result<c_long> {
    if returned == -1 {
        // SAFETY: `__errno_location` returns a valid, thread-local pointer in every thread.
        Err(Errno::from_raw_os_error(unsafe {
            *libc::__errno_location()
        }))
    } else {
        Ok(returned)
    }
}

/// Which side of a fork this is.
pub enum Fork {
    Parent(Pid),
    Child,
}

/// Forks a process that has one thread.
///
/// Refused with `EBUSY` when there are more: in the child of a threaded process a lock that another
/// thread held stays locked for ever.
pub fn fork() -> Result<Fork> {
    if thread_count() != 1 {
        return Err(Errno::BUSY);
    }
    // SAFETY: the process has exactly one thread (checked above, and only this thread could make
    // another), so the child is a complete copy in which no lock is held by a thread that is gone.
    // Memory and descriptors are duplicated, so ownership in the child is as in the parent.
    let pid = check(unsafe { libc::fork() }.into())?;
    Ok(side(pid))
}

fn side(pid: c_long) -> Fork {
    match Pid::from_raw(pid as i32) {
        Some(pid) => Fork::Parent(pid),
        None => Fork::Child,
    }
}

/// How many threads this process has; `usize::MAX` when that can't be told.
pub fn thread_count() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(usize::MAX, Iterator::count)
}

/// `linux/sched.h`; libc's constant is an `int` that this value does not fit into.
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// `clone3` like a fork into new namespaces, optionally born into a v2 cgroup. The parent also gets
/// the child's pidfd.
pub fn clone_into(
    namespaces: c_int,
    cgroup: Option<BorrowedFd<'_>>,
) -> Result<(Fork, Option<OwnedFd>)> {
    if thread_count() != 1 {
        return Err(Errno::BUSY);
    }
    let mut pidfd: c_int = -1;
    // SAFETY: `clone_args` is plain data for which all-zero is valid and means "none".
    let mut args: libc::clone_args = unsafe { std::mem::zeroed() };
    args.flags = namespaces as u64 | libc::CLONE_PIDFD as u64;
    args.pidfd = &raw mut pidfd as u64;
    args.exit_signal = libc::SIGCHLD as u64;
    if let Some(fd) = cgroup {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = fd.as_raw_fd() as u64;
    }
    // SAFETY: `args` is initialised and its size is given, `pidfd` outlives the call, and the stack
    // is 0 with neither CLONE_VM nor CLONE_THREAD: the child runs on a copy of this stack, as after
    // fork. One thread, so the argument of `fork` above holds for locks. glibc's cached thread id
    // is stale in the child; nothing here uses it (no threads, no `raise`, no robust mutex).
    let pid = check(unsafe {
        libc::syscall(
            libc::SYS_clone3,
            &raw mut args,
            size_of::<libc::clone_args>(),
        )
    })?;
    let fork = side(pid);
    let pidfd = match fork {
        // SAFETY: on success the kernel stored a new descriptor that nobody else owns.
        Fork::Parent(_) => Some(unsafe { OwnedFd::from_raw_fd(pidfd) }),
        Fork::Child => None,
    };
    Ok((fork, pidfd))
}

pub const MOUNT_ATTR_RDONLY: u64 = libc::MOUNT_ATTR_RDONLY;
pub const MOUNT_ATTR_NOSUID: u64 = libc::MOUNT_ATTR_NOSUID;
pub const MOUNT_ATTR_NODEV: u64 = libc::MOUNT_ATTR_NODEV;

/// Adds attributes to the mount that `mount` is the root of, and to everything mounted below it.
pub fn mount_setattr_recursive(mount: impl AsFd, set: u64) -> Result<()> {
    let attr = libc::mount_attr {
        attr_set: set,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = libc::AT_EMPTY_PATH | libc::AT_RECURSIVE;
    // SAFETY: the path is a NUL-terminated constant, `attr` is initialised, outlives the call, and
    // its true size is given; the descriptor is borrowed for the call.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_fd().as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attr,
            size_of::<libc::mount_attr>(),
        )
    })?;
    Ok(())
}

/// Installs a seccomp filter for this thread and all it will execute.
///
/// `SPEC_ALLOW`: without it kernels before 5.16 switch on the Speculative Store Bypass mitigation
/// for every filtered process, which slows programs by up to half and protects only against code
/// that shares our address space; a cell shares none.
pub fn install_seccomp(program: &[seccompiler::sock_filter]) -> Result<()> {
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
            libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW,
            &raw const fprog,
        )
    })?;
    Ok(())
}

/// Arguments or environment in the form that `execve` takes.
pub struct ExecStrings {
    pointers: Vec<*const c_char>,
    /// What `pointers` point into; never changed after construction.
    _strings: Vec<CString>,
}

impl ExecStrings {
    pub fn new(strings: Vec<CString>) -> Self {
        let pointers = strings
            .iter()
            .map(|string| string.as_ptr())
            .chain([std::ptr::null()])
            .collect();
        ExecStrings {
            pointers,
            _strings: strings,
        }
    }
}

/// What to execute.
pub enum Executable<'a> {
    Path(CString),
    Fd(BorrowedFd<'a>),
}

/// Replaces the process; returns only if that failed.
pub fn exec(program: &Executable<'_>, argv: &ExecStrings, env: &ExecStrings) -> Errno {
    let (fd, path, flags) = match program {
        Executable::Path(path) => (libc::AT_FDCWD, path.as_c_str(), 0),
        Executable::Fd(fd) => (fd.as_raw_fd(), c"", libc::AT_EMPTY_PATH),
    };
    // SAFETY: the path is NUL-terminated; both arrays end in a null pointer and every other entry
    // points to a NUL-terminated string that `ExecStrings` owns and that is borrowed for the call.
    let returned = unsafe {
        libc::syscall(
            libc::SYS_execveat,
            fd,
            path.as_ptr(),
            argv.pointers.as_ptr(),
            env.pointers.as_ptr(),
            flags,
        )
    };
    check(returned).err().unwrap_or(Errno::NOEXEC)
}

/// Signals every process that the caller may signal, except itself and its namespace's init. In a
/// cell's init that is every other process of the cell.
///
/// Refused with `EPERM` outside a pid namespace of our own, where it would be a catastrophe.
pub fn kill_everything_else_in_cell() -> Result<()> {
    if rustix::process::getpid() != Pid::INIT {
        return Err(Errno::PERM);
    }
    // SAFETY: no memory is involved. Being pid 1 was checked, so "every process" is the namespace.
    match check(unsafe { libc::kill(-1, libc::SIGKILL) }.into()) {
        Ok(_) | Err(Errno::SRCH) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Waits for one child, and says how it ended and its largest resident set in bytes.
pub fn wait_with_usage(pid: Option<Pid>) -> Result<(Pid, c_int, u64)> {
    let which = pid.map_or(-1, |pid| pid.as_raw_nonzero().get());
    let mut status: c_int = 0;
    // SAFETY: `rusage` is plain data for which all-zero is valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to initialised locals that outlive the call.
        let returned = unsafe { libc::wait4(which, &raw mut status, 0, &raw mut usage) };
        match check(returned.into()) {
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno),
            Ok(raw) => {
                let pid = Pid::from_raw(raw as i32).ok_or(Errno::CHILD)?;
                return Ok((pid, status, usage.ru_maxrss.max(0) as u64 * 1024));
            }
        }
    }
}

/// Moves this process into a new cgroup namespace, whose root is the group it is in.
pub fn unshare_cgroup() -> Result<()> {
    // SAFETY: CLONE_NEWCGROUP changes only how cgroup paths are shown; no memory or descriptor.
    check(unsafe { libc::unshare(libc::CLONE_NEWCGROUP) }.into()).map(drop)
}

/// Moves this process into a new mount namespace, a copy of the one it is in.
pub fn unshare_mounts() -> Result<()> {
    // SAFETY: CLONE_NEWNS changes what paths lead to; no memory, and open descriptors stay.
    check(unsafe { libc::unshare(libc::CLONE_NEWNS) }.into()).map(drop)
}

/// Ends the process at once, without exit handlers or destructors.
pub fn exit_now(code: c_int) -> ! {
    // SAFETY: `_exit` touches no memory of ours and does not return.
    unsafe { libc::_exit(code) }
}

/// Closes every descriptor but the standard streams: whoever started the service may have left some
/// open, and the helper must not keep (let alone hand on) what it does not know.
///
/// To be called first thing in the helper's `main`.
pub fn close_inherited() -> Result<()> {
    // SAFETY: the helper has just been executed and calls this before it opens anything, so no
    // Rust value owns a descriptor in the range.
    check(unsafe { libc::syscall(libc::SYS_close_range, 3, c_uint::MAX, 0) }).map(drop)
}

/// Marks every descriptor but the standard streams close-on-exec. They already are, each from its
/// birth; this is for the one that is forgotten some day.
pub fn close_all_on_exec() -> Result<()> {
    // SAFETY: changes a flag; no descriptor is closed or made.
    check(unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3,
            c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    })
    .map(drop)
}

/// CPU time of a living process, all its threads together.
pub fn process_cpu_time(pid: u32) -> Result<Duration> {
    let mut clock: libc::clockid_t = 0;
    // SAFETY: the pointer is to an initialised local that outlives the call.
    let failed = unsafe { libc::clock_getcpuclockid(pid as libc::pid_t, &raw mut clock) };
    if failed != 0 {
        return Err(Errno::from_raw_os_error(failed));
    }
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: as above.
    check(unsafe { libc::clock_gettime(clock, &raw mut time) }.into())?;
    Ok(Duration::new(
        time.tv_sec.max(0) as u64,
        time.tv_nsec.clamp(0, 999_999_999) as u32,
    ))
}

/// CPU time of the children that this process has waited for, and of theirs.
pub fn reaped_cpu_time() -> Duration {
    // SAFETY: `rusage` is plain data for which all-zero is valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to an initialised local that outlives the call.
    match check(unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) }.into()) {
        Ok(_) => [usage.ru_utime, usage.ru_stime]
            .iter()
            .map(|time| {
                let seconds = Duration::from_secs(time.tv_sec.max(0) as u64);
                seconds + Duration::from_micros(time.tv_usec.max(0) as u64)
            })
            .sum(),
        Err(_) => Duration::ZERO,
    }
}

/// The largest resident set that this process ever had, in bytes.
pub fn own_max_rss_bytes() -> u64 {
    // SAFETY: `rusage` is plain data for which all-zero is valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to an initialised local that outlives the call.
    match check(unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) }.into()) {
        Ok(_) => usage.ru_maxrss.max(0) as u64 * 1024,
        Err(_) => u64::MAX,
    }
}
