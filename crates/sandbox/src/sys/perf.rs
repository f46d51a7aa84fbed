//! Counting a tracepoint for one thread and all that it makes from then on.

use std::ffi::{CStr, c_long};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::{Result, check};

/// The first 64 bytes of the kernel's `struct perf_event_attr`, which every version accepts.
#[repr(C)]
#[derive(Default)]
struct EventAttributes {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    breakpoint_type: u32,
    config1: u64,
}

const PERF_TYPE_SOFTWARE: u32 = 1;
const PERF_COUNT_SW_DUMMY: u64 = 9;
const PERF_TYPE_TRACEPOINT: u32 = 2;
const PERF_FLAG_FD_CLOEXEC: c_long = 8;
/// Reads also say for how long the event was active.
const PERF_FORMAT_TOTAL_TIME_RUNNING: u64 = 1 << 1;
/// Flag `inherit`: threads and processes that it makes are counted as well.
const INHERIT: u64 = 1 << 1;
/// `_IOW('$', 6, char *)`.
const PERF_EVENT_IOC_SET_FILTER: libc::Ioctl = 0x4008_2406;

/// Starts to count a tracepoint, by its number in tracefs, for a thread. The descriptor is read for
/// two numbers of 8 bytes: the count, and the CPU time in nanoseconds in which it was counted.
pub fn count_tracepoint(tracepoint: u64, thread: u32) -> Result<OwnedFd> {
    open_event(PERF_TYPE_TRACEPOINT, tracepoint, thread)
}

/// Fails if this process may not count events of the kernel.
pub fn may_count_events() -> Result<()> {
    open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY, 0).map(drop)
}

fn open_event(kind: u32, config: u64, thread: u32) -> Result<OwnedFd> {
    let attributes = EventAttributes {
        kind,
        size: size_of::<EventAttributes>() as u32,
        config,
        read_format: PERF_FORMAT_TOTAL_TIME_RUNNING,
        flags: INHERIT,
        ..EventAttributes::default()
    };
    let (any_cpu, no_group): (c_long, c_long) = (-1, -1);
    // SAFETY: the struct is initialised, `size` is its true size, and the kernel only reads it.
    let event = check(unsafe {
        libc::syscall(
            libc::SYS_perf_event_open,
            &raw const attributes,
            c_long::from(thread),
            any_cpu,
            no_group,
            PERF_FLAG_FD_CLOEXEC,
        )
    })?;
    // SAFETY: the kernel returned a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(event as i32) })
}

/// Makes an event count only what fits a filter on the tracepoint's fields, such as `id != 0`.
pub fn filter_event(event: BorrowedFd<'_>, filter: &CStr) -> Result<()> {
    // SAFETY: the string is NUL-terminated, and the kernel copies it.
    let returned = unsafe {
        libc::ioctl(
            event.as_raw_fd(),
            PERF_EVENT_IOC_SET_FILTER,
            filter.as_ptr(),
        )
    };
    check(returned.into()).map(drop)
}
