use serde::{Deserialize, Serialize};

/// A system call that a policy denies, and that ended a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeniedCall {
    /// Name as in the manual, `socket` for example. A call without a name is `syscall-` and its
    /// number; calls of 32-bit code begin with `i386-`, those of the x32 ABI with `x32-`.
    pub name: String,
    /// Number of the call on the worker's machine.
    pub number: i64,
    /// The six arguments as the registers had them, in hexadecimal: a number of 64 bits is not exact
    /// in JSON. Those that the call doesn't take are whatever was there. Empty in public answers about
    /// hidden tests, whose data they may hold; there a call without a name has no number either: -1.
    pub arguments: Vec<String>,
    pub stage: RunStage,
}

/// Purpose of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum RunStage {
    Compile,
    Run,
    /// A checker, validator or interactor.
    Check,
}

/// Why calls are denied, with the beginnings of their names. The first that fits counts.
const REASONS: [(&str, &[&str]); 7] = [
    (
        "only the machine's own system calls can be made here",
        &["i386-", "x32-"],
    ),
    (
        "programs can't start or steer other processes here",
        &[
            // Node makes one for the streams of a child.
            "socketpair",
            "fork",
            "vfork",
            "clone",
            "exec",
            "wait",
            "setsid",
            "setpgid",
            "getpgid",
            "getsid",
            "pidfd_",
            "setpriority",
            "sched_set",
            "kill",
            "tkill",
            "rt_sigqueueinfo",
        ],
    ),
    (
        "programs have no network here",
        &[
            "socket",
            "connect",
            "bind",
            "listen",
            "accept",
            "send",
            "recv",
            "shutdown",
            "getsock",
            "setsock",
            "getpeername",
        ],
    ),
    (
        "programs can't look into processes here",
        &["ptrace", "process_", "perf_event_open", "kcmp"],
    ),
    (
        "programs can't change what is mounted here",
        &[
            "mount",
            "umount",
            "pivot_root",
            "chroot",
            "move_mount",
            "open_tree",
            "fsopen",
            "fsconfig",
            "fsmount",
            "fspick",
            "swap",
            "statmount",
            "listmount",
        ],
    ),
    (
        "programs can't change users, rights or namespaces here",
        &[
            "setuid",
            "setgid",
            "setre",
            "setfsuid",
            "setfsgid",
            "setgroups",
            "cap",
            "setns",
            "unshare",
            "seccomp",
            "prctl",
            "landlock_",
        ],
    ),
    (
        "programs don't get this interface of the kernel here",
        &[
            "io_uring",
            "bpf",
            "userfaultfd",
            "init_module",
            "finit_module",
            "delete_module",
            "kexec",
            "add_key",
            "request_key",
            "keyctl",
            "ioctl",
            "fanotify",
            "inotify",
            "reboot",
            "syslog",
            "iopl",
            "ioperm",
            "modify_ldt",
            "io_",
            "mq_",
            "shm",
            "sem",
            "msg",
            "quotactl",
        ],
    ),
];

impl DeniedCall {
    /// Explains it in one sentence, such as "ended at `socket`: programs have no network here".
    pub fn explain(&self) -> String {
        let begins = |names: &&[&str]| names.iter().any(|start| self.name.starts_with(start));
        let fitting = REASONS.iter().find(|(_, names)| begins(names));
        let reason = fitting.map_or("programs may not make this system call here", |(why, _)| {
            why
        });
        format!("ended at `{}`: {reason}", self.name)
    }

    /// Returns it as the public sees it, without what may be data of a hidden test: the arguments, and
    /// the number of a call that has no name, which the program has chosen.
    pub fn without_data(self) -> DeniedCall {
        let unnamed = ["syscall-", "x32-", "i386-"];
        let kind = unnamed.iter().find(|kind| self.name.starts_with(**kind));
        DeniedCall {
            name: kind.map_or(self.name.clone(), |kind| format!("{kind}call")),
            number: if kind.is_some() { -1 } else { self.number },
            arguments: Vec::new(),
            stage: self.stage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_fit_their_calls() {
        let table = [
            ("socket", "network"),
            ("sendmsg", "network"),
            ("fork", "other processes"),
            ("clone", "other processes"),
            ("socketpair", "other processes"),
            ("ptrace", "look into"),
            ("process_vm_readv", "look into"),
            ("mount", "mounted"),
            ("setresuid", "users"),
            ("io_uring_setup", "interface"),
            ("semget", "interface"),
            ("i386-socketcall", "own system calls"),
            ("syscall-400", "may not make"),
            ("settimeofday", "may not make"),
        ];
        for (name, reason) in table {
            let call = DeniedCall {
                name: name.to_owned(),
                number: 0,
                arguments: Vec::new(),
                stage: RunStage::Run,
            };
            let explained = call.explain();
            assert!(explained.contains(reason), "{explained}");
            assert!(explained.starts_with(&format!("ended at `{name}`: ")));
        }
    }
}
