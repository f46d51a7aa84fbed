//! Every `unsafe` block of the project: the few system calls for which `rustix` has no safe form.
//! Each wrapper keeps the error number typed and says why it is sound.

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_void};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::Pid;

mod filter;
mod perf;

pub use filter::{
    SyscallNotification, filter_bytes, install_notifying_seccomp, install_seccomp,
    receive_notification,
};
pub use perf::{count_tracepoint, filter_event, may_count_events};

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

/// The side of a fork on which a process is.
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

/// Number of threads of this process; `usize::MAX` if unknown.
pub fn thread_count() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(usize::MAX, Iterator::count)
}

/// The same as `thread_count() == 1` without a system call.
fn has_one_thread() -> bool {
    #[cfg(target_env = "gnu")]
    {
        unsafe extern "C" {
            static __libc_single_threaded: c_char;
        }
        // SAFETY: glibc defines it (since 2.32, `sys/single_threaded.h`), and writes it only in a
        // thread that makes another; if there is none, nobody writes it now.
        unsafe { __libc_single_threaded != 0 }
    }
    #[cfg(not(target_env = "gnu"))]
    {
        thread_count() == 1
    }
}

/// `linux/sched.h`; libc's constant is an `int` that this value does not fit into.
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// Calls `clone3` like a fork into new namespaces, optionally into a v2 cgroup. The parent also
/// gets the child's pidfd.
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

/// Arguments or environment in the form that `execve` takes.
pub struct ExecStrings<'a> {
    /// Each points to a string that is borrowed for `'a`; the last is null.
    pointers: &'a [*const c_char],
}

impl<'a> ExecStrings<'a> {
    /// Builds the array in `room`, which is reused: nothing is allocated once it is large enough.
    pub fn new(strings: impl Iterator<Item = &'a CStr>, room: &'a mut Vec<*const c_char>) -> Self {
        room.clear();
        room.extend(strings.map(CStr::as_ptr).chain([std::ptr::null()]));
        ExecStrings { pointers: room }
    }
}

/// The program to execute.
pub enum Executable<'a> {
    Path(&'a CStr),
    Fd(BorrowedFd<'a>),
}

/// Replaces the process; returns only if that failed.
pub fn exec(program: &Executable<'_>, argv: &ExecStrings<'_>, env: &ExecStrings<'_>) -> Errno {
    let (fd, path, flags) = match program {
        Executable::Path(path) => (libc::AT_FDCWD, *path, 0),
        Executable::Fd(fd) => (fd.as_raw_fd(), c"", libc::AT_EMPTY_PATH),
    };
    // SAFETY: the path is NUL-terminated; both arrays end in a null pointer and every other entry
    // points to a NUL-terminated string that `ExecStrings` borrows.
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

/// Waits for one child. Returns its pid, wait status and largest resident set in bytes.
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

/// A second stack, for [`spawn_and_wait`].
pub struct Stack {
    lowest: *mut c_void,
}

/// The lowest page is not mapped, so that an overflow ends the process and overwrites nothing.
const STACK_BYTES: usize = 256 * 1024;
const GUARD_BYTES: usize = 4096;

impl Stack {
    pub fn new() -> Result<Self> {
        // SAFETY: a new anonymous mapping at a place of the kernel's choosing; nothing else has it.
        let lowest = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                STACK_BYTES,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK,
                -1,
                0,
            )
        };
        if lowest == libc::MAP_FAILED {
            return Err(Errno::NOMEM);
        }
        let stack = Stack { lowest };
        // SAFETY: the first page of the mapping just made, which is page-aligned and unused.
        check(unsafe { libc::mprotect(lowest, GUARD_BYTES, libc::PROT_NONE) }.into())?;
        Ok(stack)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the mapping made in `new`; whoever ran on it has ended, see `spawn_and_wait`.
        unsafe { libc::munmap(self.lowest, STACK_BYTES) };
    }
}

/// Runs `body` in a process of its own that shares our memory, which is cheaper than a copy of it,
/// and waits until that process has ended; the value that it returns is its exit code. Meanwhile
/// every other child that ends is reaped too.
///
/// `body` usually executes a program, and from then on shares nothing with us.
pub fn spawn_and_wait<T>(
    stack: &mut Stack,
    body: fn(&mut T) -> c_int,
    with: &mut T,
) -> Result<Reaped> {
    struct Call<'a, T>(fn(&mut T) -> c_int, &'a mut T);
    // A panic can't leave an `extern "C"` function: it ends the process.
    extern "C" fn enter<T>(call: *mut c_void) -> c_int {
        // SAFETY: the pointer is to the `Call` below, which lives until this process has ended or
        // has executed something, and which the parent does not touch before.
        let Call(body, with) = unsafe { &mut *call.cast::<Call<'_, T>>() };
        body(with)
    }
    if !has_one_thread() {
        return Err(Errno::BUSY);
    }
    let mut call = Call(body, with);
    // SAFETY: one past the end of the mapping, as a stack that grows downwards begins.
    let top = unsafe { stack.lowest.byte_add(STACK_BYTES) };
    // SAFETY: the stack is mapped, aligned and exclusively borrowed. The child shares our memory,
    // so that both sides must not be at work at once: until the child has ended, this thread, the
    // only one, does nothing but wait in the kernel and keep what that says in locals, on its own
    // stack. No lock can be held by a thread that does not exist in the child, for there is just
    // one here.
    let pid = check(
        unsafe {
            libc::clone(
                enter::<T>,
                top,
                libc::CLONE_VM | libc::SIGCHLD,
                (&raw mut call).cast(),
            )
        }
        .into(),
    )?;
    let mut max_rss_bytes = 0;
    loop {
        let (reaped, status, rss) = wait_with_usage(None)?;
        max_rss_bytes = max_rss_bytes.max(rss);
        if i64::from(reaped.as_raw_nonzero().get()) == pid {
            return Ok(Reaped {
                status,
                max_rss_bytes,
            });
        }
    }
}

/// Wait status of a process, and the largest resident set of all that were reaped with it.
pub struct Reaped {
    pub status: c_int,
    pub max_rss_bytes: u64,
}

/// Reaps children that have ended. True if none is left, adopted orphans included.
pub fn is_childless() -> bool {
    loop {
        // SAFETY: no memory is involved: the status is not asked for.
        let returned = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
        match check(returned.into()) {
            Ok(0) => return false,
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return true,
        }
    }
}

/// Sets a soft and hard limit of this process, by the kernel's number. Of the stack only the soft
/// one: solutions raise it at their start and fail if that is refused, and the group's memory limit
/// bounds it. A hard limit that is lower already, and that we have no right to raise, stays.
pub fn set_rlimit(resource: u32, value: u64) -> Result<()> {
    let mut limit = libc::rlimit64 {
        rlim_cur: value,
        rlim_max: value,
    };
    let set = |new: *const libc::rlimit64, old: *mut libc::rlimit64| {
        // SAFETY: each pointer is null or to an initialised local that outlives the call. A number
        // that the kernel doesn't know is refused by it.
        check(unsafe { libc::prlimit64(0, resource as _, new, old) }.into()).map(drop)
    };
    if resource != libc::RLIMIT_STACK {
        match set(&raw const limit, std::ptr::null_mut()) {
            Err(Errno::PERM) => {}
            other => return other,
        }
    }
    set(std::ptr::null(), &raw mut limit)?;
    limit.rlim_cur = value.min(limit.rlim_max);
    set(&raw const limit, std::ptr::null_mut())
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

/// Closes every descriptor but the standard streams: the service's parent may have left some open,
/// and the helper must not keep (let alone pass on) descriptors that it does not know.
///
/// Must be called first in the helper's `main`.
pub fn close_inherited() -> Result<()> {
    // SAFETY: no value that owns a descriptor in the range is used any more: the helper has just been
    // executed, and the child of a fork ends without dropping its parent's.
    check(unsafe { libc::syscall(libc::SYS_close_range, 3, c_uint::MAX, 0) }).map(drop)
}

/// Closes every descriptor but the standard streams in the child of a fork that uses no value of its
/// parent's any more.
pub fn close_in_fork() -> Result<()> {
    close_inherited()
}

/// Marks every descriptor but the standard streams close-on-exec. All are opened so; this is for
/// one that may be forgotten some day.
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

/// CPU time of the children that this process has reaped, and of theirs.
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

/// Largest resident set that this process ever had, in bytes.
pub fn own_max_rss_bytes() -> u64 {
    // SAFETY: `rusage` is plain data for which all-zero is valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to an initialised local that outlives the call.
    match check(unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) }.into()) {
        Ok(_) => usage.ru_maxrss.max(0) as u64 * 1024,
        Err(_) => u64::MAX,
    }
}
