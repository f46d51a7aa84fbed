use std::fs::File;
use std::time::Duration;

use letscode_model::{DeniedCall, RunActivity};

use super::files::Artifact;

/// End of a run as the executor saw it. It says nothing about whether the output was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Exited { code: i32 },
    Signaled { signal: i32 },
    CpuTimeExceeded,
    WallTimeExceeded,
    MemoryExceeded,
    OutputExceeded,
    SyscallDenied,
    SyscallRateExceeded,
    MemoryGrowthExceeded,
}

/// Resources that a run used, from the start of the program to the end of its last process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResourceUsage {
    /// User and system time together.
    pub cpu_time: Duration,
    pub wall_time: Duration,
    /// Part of the wall time in which it was kept from computing by other work on the machine.
    pub starved_time: Duration,
    /// Peak memory.
    pub memory_bytes: u64,
}

/// A run that has ended.
#[derive(Debug)]
pub struct RunResult {
    pub outcome: Outcome,
    /// The call of [`Outcome::SyscallDenied`], if the executor knows it.
    pub denied_call: Option<DeniedCall>,
    /// Rates, if it was watched and they were measured.
    pub activity: Option<RunActivity>,
    pub usage: ResourceUsage,
    /// Standard output, where it was captured.
    pub stdout: Option<File>,
    /// Standard error, where it was captured.
    pub stderr: Option<File>,
    /// Collected files in the order of the request; `None` for a file that is absent or too large.
    pub collected: Vec<Option<Artifact>>,
}

impl Outcome {
    pub const SUCCESS: Outcome = Outcome::Exited { code: 0 };

    /// Describes a failure for people, such as `signal 11 (segmentation fault)`.
    pub fn describe(self) -> String {
        match self {
            Outcome::Exited { code } => format!("exit code {code}"),
            Outcome::Signaled { signal } => describe_signal(signal),
            Outcome::CpuTimeExceeded => "it used more CPU time than allowed".to_owned(),
            Outcome::WallTimeExceeded => "it took too long".to_owned(),
            Outcome::MemoryExceeded => "it used more memory than allowed".to_owned(),
            Outcome::OutputExceeded => "it wrote more than allowed".to_owned(),
            Outcome::SyscallDenied => "it made a system call that is not allowed".to_owned(),
            Outcome::SyscallRateExceeded => "it made too many system calls a second".to_owned(),
            Outcome::MemoryGrowthExceeded => "its memory grew too fast".to_owned(),
        }
    }
}

/// Names a signal, such as `signal 11 (segmentation fault)`.
pub(crate) fn describe_signal(signal: i32) -> String {
    let name = match signal {
        4 => "illegal instruction",
        6 => "aborted",
        7 => "bus error",
        8 => "arithmetic error, such as a division by zero",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        15 => "terminated",
        31 => "bad system call",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal} ({name})")
}
