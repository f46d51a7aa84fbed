use serde::{Deserialize, Serialize};

/// What the sandbox saw. It says nothing about whether the program was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Exited { code: i32 },
    Signaled { signal: i32 },
    CpuTimeExceeded,
    WallTimeExceeded,
    MemoryExceeded,
    OutputExceeded,
    SyscallDenied,
}

/// Why the supervisor ended a cell before its program ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    CpuTime,
    WallTime,
    Memory,
    Output,
}

/// How the main process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
}

impl Exit {
    /// From what `wait` says of a process that has ended.
    pub fn of_status(status: i32) -> Exit {
        match libc::WIFSIGNALED(status) {
            true => Exit::Signal(libc::WTERMSIG(status)),
            false => Exit::Code(libc::WEXITSTATUS(status)),
        }
    }
}

/// All that is known when a cell has ended, from which its outcome follows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence {
    pub ended: Option<Ended>,
    /// `None` when the init itself was killed, by us or by the kernel's OOM killer.
    pub exit: Option<Exit>,
    pub oom_kills: u64,
    pub cpu_over_limit: bool,
}

impl Evidence {
    /// The rule, in order of precedence. What the supervisor did comes first, for it was the cause
    /// of all that followed; then the kernel's limits; then the program's own end. A program that
    /// was killed for memory but whose time also ran out while it thrashed is a memory case only
    /// if the kernel killed first.
    pub fn outcome(self) -> Outcome {
        match self.ended {
            Some(Ended::Memory) => return Outcome::MemoryExceeded,
            Some(Ended::Output) => return Outcome::OutputExceeded,
            Some(Ended::CpuTime) => return Outcome::CpuTimeExceeded,
            Some(Ended::WallTime) => return Outcome::WallTimeExceeded,
            None => {}
        }
        if self.oom_kills > 0 {
            return Outcome::MemoryExceeded;
        }
        match self.exit {
            Some(Exit::Signal(libc::SIGSYS)) => Outcome::SyscallDenied,
            Some(Exit::Signal(libc::SIGXFSZ)) => Outcome::OutputExceeded,
            Some(Exit::Signal(libc::SIGXCPU)) => Outcome::CpuTimeExceeded,
            _ if self.cpu_over_limit => Outcome::CpuTimeExceeded,
            Some(Exit::Code(code)) => Outcome::Exited { code },
            Some(Exit::Signal(signal)) => Outcome::Signaled { signal },
            None => Outcome::Signaled {
                signal: libc::SIGKILL,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: Evidence = Evidence {
        ended: None,
        exit: Some(Exit::Code(0)),
        oom_kills: 0,
        cpu_over_limit: false,
    };

    #[test]
    fn the_outcome_follows_from_the_evidence() {
        let signal = |n| Some(Exit::Signal(n));
        let table = [
            (CLEAN, Outcome::Exited { code: 0 }),
            (
                Evidence {
                    exit: Some(Exit::Code(7)),
                    ..CLEAN
                },
                Outcome::Exited { code: 7 },
            ),
            (
                Evidence {
                    exit: signal(libc::SIGSEGV),
                    ..CLEAN
                },
                Outcome::Signaled { signal: 11 },
            ),
            (
                Evidence {
                    exit: signal(libc::SIGSYS),
                    ..CLEAN
                },
                Outcome::SyscallDenied,
            ),
            (
                Evidence {
                    exit: signal(libc::SIGXFSZ),
                    ..CLEAN
                },
                Outcome::OutputExceeded,
            ),
            (
                Evidence {
                    exit: signal(libc::SIGKILL),
                    oom_kills: 1,
                    ..CLEAN
                },
                Outcome::MemoryExceeded,
            ),
            // A child was killed for memory and the parent shrugged: the limit was still hit.
            (
                Evidence {
                    oom_kills: 1,
                    ..CLEAN
                },
                Outcome::MemoryExceeded,
            ),
            (
                Evidence {
                    exit: None,
                    oom_kills: 1,
                    ..CLEAN
                },
                Outcome::MemoryExceeded,
            ),
            // Ended by itself between two looks at the clock, but over the limit.
            (
                Evidence {
                    cpu_over_limit: true,
                    ..CLEAN
                },
                Outcome::CpuTimeExceeded,
            ),
            (
                Evidence {
                    ended: Some(Ended::WallTime),
                    exit: None,
                    ..CLEAN
                },
                Outcome::WallTimeExceeded,
            ),
            (
                Evidence {
                    ended: Some(Ended::CpuTime),
                    exit: None,
                    ..CLEAN
                },
                Outcome::CpuTimeExceeded,
            ),
            (
                Evidence {
                    ended: Some(Ended::Output),
                    exit: None,
                    oom_kills: 1,
                    ..CLEAN
                },
                Outcome::OutputExceeded,
            ),
            (
                Evidence {
                    ended: Some(Ended::Memory),
                    exit: None,
                    ..CLEAN
                },
                Outcome::MemoryExceeded,
            ),
            (
                Evidence {
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
