use serde::{Deserialize, Serialize};

use crate::WatchedRate;

/// End of a run as the sandbox saw it. It says nothing about whether the program's answer was
/// right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Exited {
        code: i32,
    },
    Signaled {
        signal: i32,
    },
    CpuTimeExceeded,
    WallTimeExceeded,
    MemoryExceeded,
    OutputExceeded,
    SyscallDenied,
    /// It made more system calls a second than [`WatchLimits`](crate::WatchLimits) allow.
    SyscallRateExceeded,
    /// Its memory grew faster than they allow.
    MemoryGrowthExceeded,
}

/// The limit, or the rule, for which the supervisor killed a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitBreach {
    CpuTime,
    WallTime,
    Memory,
    Output,
    /// It made a system call that its policy denies.
    Syscall,
    /// A rate that is enforced.
    Rate(WatchedRate),
}

/// End of the main process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ProcessExit {
    Code(i32),
    Signal(i32),
}

impl ProcessExit {
    /// Decodes a wait status.
    pub fn of_status(status: i32) -> ProcessExit {
        if libc::WIFSIGNALED(status) {
            ProcessExit::Signal(libc::WTERMSIG(status))
        } else {
            ProcessExit::Code(libc::WEXITSTATUS(status))
        }
    }
}

/// All facts about an ended run from which its outcome follows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunEvidence {
    pub breach: Option<LimitBreach>,
    /// `None` when the init itself was killed, by us or by the kernel's OOM killer.
    pub exit: Option<ProcessExit>,
    pub oom_kills: u64,
    pub cpu_over_limit: bool,
    /// True if the kernel kills for denied calls by itself. Elsewhere the supervisor does, and the
    /// signal for them is one that the program has sent.
    pub kernel_denies: bool,
}

impl RunEvidence {
    /// Decides the outcome, in order of precedence: a kill by the supervisor comes first, because
    /// it caused all that followed; then the kernel's limits; then the program's own end. A program
    /// that was killed for memory but whose time also ran out while it thrashed counts as memory
    /// only if the kernel killed first.
    pub fn outcome(self) -> Outcome {
        match self.breach {
            Some(LimitBreach::Memory) => return Outcome::MemoryExceeded,
            Some(LimitBreach::Output) => return Outcome::OutputExceeded,
            Some(LimitBreach::CpuTime) => return Outcome::CpuTimeExceeded,
            Some(LimitBreach::WallTime) => return Outcome::WallTimeExceeded,
            Some(LimitBreach::Syscall) => return Outcome::SyscallDenied,
            Some(LimitBreach::Rate(WatchedRate::Syscalls)) => return Outcome::SyscallRateExceeded,
            Some(LimitBreach::Rate(WatchedRate::MemoryGrowth)) => {
                return Outcome::MemoryGrowthExceeded;
            }
            None => {}
        }
        if self.oom_kills > 0 {
            return Outcome::MemoryExceeded;
        }
        match self.exit {
            Some(ProcessExit::Signal(libc::SIGSYS)) if self.kernel_denies => Outcome::SyscallDenied,
            Some(ProcessExit::Signal(libc::SIGXFSZ)) => Outcome::OutputExceeded,
            Some(ProcessExit::Signal(libc::SIGXCPU)) => Outcome::CpuTimeExceeded,
            _ if self.cpu_over_limit => Outcome::CpuTimeExceeded,
            Some(ProcessExit::Code(code)) => Outcome::Exited { code },
            Some(ProcessExit::Signal(signal)) => Outcome::Signaled { signal },
            None => Outcome::Signaled {
                signal: libc::SIGKILL,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: RunEvidence = RunEvidence {
        breach: None,
        exit: Some(ProcessExit::Code(0)),
        oom_kills: 0,
        cpu_over_limit: false,
        kernel_denies: false,
    };

    #[test]
    fn outcome_follows_precedence() {
        let signal = |n| Some(ProcessExit::Signal(n));
        let table = [
            (CLEAN, Outcome::Exited { code: 0 }),
            (
                RunEvidence {
                    exit: Some(ProcessExit::Code(7)),
                    ..CLEAN
                },
                Outcome::Exited { code: 7 },
            ),
            (
                RunEvidence {
                    exit: signal(libc::SIGSEGV),
                    ..CLEAN
                },
                Outcome::Signaled { signal: 11 },
            ),
            (
                RunEvidence {
                    exit: signal(libc::SIGSYS),
                    kernel_denies: true,
                    ..CLEAN
                },
                Outcome::SyscallDenied,
            ),
            // It has sent the signal to itself.
            (
                RunEvidence {
                    exit: signal(libc::SIGSYS),
                    ..CLEAN
                },
                Outcome::Signaled { signal: 31 },
            ),
            (
                RunEvidence {
                    breach: Some(LimitBreach::Rate(WatchedRate::Syscalls)),
                    exit: None,
                    cpu_over_limit: true,
                    ..CLEAN
                },
                Outcome::SyscallRateExceeded,
            ),
            (
                RunEvidence {
                    breach: Some(LimitBreach::Rate(WatchedRate::MemoryGrowth)),
                    exit: None,
                    oom_kills: 1,
                    ..CLEAN
                },
                Outcome::MemoryGrowthExceeded,
            ),
            (
                RunEvidence {
                    exit: signal(libc::SIGXFSZ),
                    ..CLEAN
                },
                Outcome::OutputExceeded,
            ),
            (
                RunEvidence {
                    exit: signal(libc::SIGKILL),
                    oom_kills: 1,
                    ..CLEAN
                },
                Outcome::MemoryExceeded,
            ),
            // A child was killed for memory and the parent went on: the limit was still hit.
            (
                RunEvidence {
                    oom_kills: 1,
                    ..CLEAN
                },
                Outcome::MemoryExceeded,
            ),
            (
                RunEvidence {
                    exit: None,
                    oom_kills: 1,
                    ..CLEAN
                },
                Outcome::MemoryExceeded,
            ),
            // Ended by itself between two looks at the clock, but over the limit.
            (
                RunEvidence {
                    cpu_over_limit: true,
                    ..CLEAN
                },
                Outcome::CpuTimeExceeded,
            ),
            (
                RunEvidence {
                    breach: Some(LimitBreach::WallTime),
                    exit: None,
                    ..CLEAN
                },
                Outcome::WallTimeExceeded,
            ),
            (
                RunEvidence {
                    breach: Some(LimitBreach::CpuTime),
                    exit: None,
                    ..CLEAN
                },
                Outcome::CpuTimeExceeded,
            ),
            (
                RunEvidence {
                    breach: Some(LimitBreach::Output),
                    exit: None,
                    oom_kills: 1,
                    ..CLEAN
                },
                Outcome::OutputExceeded,
            ),
            (
                RunEvidence {
                    breach: Some(LimitBreach::Memory),
                    exit: None,
                    ..CLEAN
                },
                Outcome::MemoryExceeded,
            ),
            (
                RunEvidence {
                    breach: Some(LimitBreach::Syscall),
                    exit: None,
                    oom_kills: 1,
                    ..CLEAN
                },
                Outcome::SyscallDenied,
            ),
            (
                RunEvidence {
                    exit: None,
                    ..CLEAN
                },
                Outcome::Signaled { signal: 9 },
            ),
        ];
        for (evidence, expected) in table {
            assert_eq!(evidence.outcome(), expected, "{evidence:?}");
        }
    }
}
