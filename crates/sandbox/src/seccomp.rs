//! System call policies: compiles the allow-lists in `policy/` to filters.
//!
//! A policy lists the calls that a kind of program may make, each entry with its reason; any other
//! call ends the program, which the supervisor reports as `SyscallDenied`. A few calls are *refused*
//! with an error number instead, because runtimes probe for them and go on without.
//!
//! The code knows no language: a policy's name comes with the cell's profile.

mod bpf;

use std::collections::BTreeMap;

use seccompiler::BpfProgram;
use serde::Deserialize;
use syscalls::Sysno;

use self::bpf::WordCheck;
pub use self::bpf::{NATIVE_ARCHITECTURE, replace_kill};
use crate::error::StepContext;
use crate::{SandboxError, SandboxStep};

/// All policies, compiled into the binary: there is no file to tamper with at run time.
const POLICIES: [(&str, &str); 7] = [
    ("base", include_str!("../policy/base.toml")),
    ("mapped-code", include_str!("../policy/mapped-code.toml")),
    ("threads", include_str!("../policy/threads.toml")),
    ("native", include_str!("../policy/native.toml")),
    ("python", include_str!("../policy/python.toml")),
    ("javascript", include_str!("../policy/javascript.toml")),
    ("compiler", include_str!("../policy/compiler.toml")),
];

/// Names that a [`crate::CellProfile`] can use.
pub fn policy_names() -> impl Iterator<Item = &'static str> {
    POLICIES.iter().map(|(name, _)| *name)
}

/// Returns all policies as they are written, one after another.
pub fn policy_text() -> String {
    POLICIES.iter().map(|(_, text)| *text).collect()
}

/// Way in which a call that is in no list ends a program. None of these ways carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The kernel kills the process and doesn't say for which call.
    Kill,
    /// The process is held in its call, which the supervisor reads; it then kills the cell. If the
    /// supervisor has ended, the call answers ENOSYS, and the cell ends with its supervisor.
    Notify,
}

impl Denial {
    /// Returns the answer of a launcher's filters. It must be weaker than a program's, or the
    /// kernel would not heed that; on its own it refuses the call with ENOSYS, for there is no
    /// tracer.
    pub fn by_launcher(self) -> u32 {
        match self {
            Denial::Kill => libc::SECCOMP_RET_KILL_PROCESS,
            Denial::Notify => libc::SECCOMP_RET_TRACE,
        }
    }

    fn by_program(self) -> u32 {
        match self {
            Denial::Kill => libc::SECCOMP_RET_KILL_PROCESS,
            Denial::Notify => libc::SECCOMP_RET_USER_NOTIF,
        }
    }
}

/// A policy as filters; the kernel takes the strictest result of all that are installed.
///
/// A launcher starts one program after another, and needs calls that no program may make: to become
/// another user, to make processes, and to hand over a program's listener. So it installs nearly
/// the whole policy once, and each program a filter of its own. That one has all allowed calls as
/// well, because a process has one listener at most: all denied calls must meet the same filter.
pub struct PolicyFilters {
    /// Installed by the launcher.
    pub launcher: BpfProgram,
    /// Installed for every program.
    pub program: BpfProgram,
    pub denial: Denial,
    /// Programs can't open files below `/proc`.
    pub hides_proc: bool,
}

/// Calls that a launcher makes and a program can't, unless its policy allows them.
const LAUNCHER_CALLS: [&str; 6] = [
    "clone",
    "setsid",
    "setresuid",
    "seccomp",
    // For warm interpreters: a forked program drops what an exec would.
    "capset",
    "prctl",
];

/// Number under which a process has the socket to its supervisor while it hands over its listener.
/// Programs never have so many descriptors, so the call for it is of no use to them.
pub const LISTENER_CHANNEL: i32 = 1023;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SyscallPolicy {
    #[serde(default)]
    include: Vec<String>,
    /// Not inherited by policies that include this one.
    #[serde(default)]
    hides_proc: bool,
    #[serde(default)]
    allow: Vec<AllowEntry>,
    #[serde(default)]
    refuse: Vec<RefuseEntry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowEntry {
    syscalls: Vec<String>,
    reason: String,
    /// Needed, but only in situations that none of our test programs reaches:
    /// `scripts/unused-syscalls` then does not ask for its removal.
    #[serde(default, rename = "rare")]
    _rare: bool,
    /// All of these must hold; another entry for the same call is an alternative.
    #[serde(default)]
    args: Vec<ArgumentCheck>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefuseEntry {
    syscalls: Vec<String>,
    errno: RefusalErrno,
    reason: String,
    #[serde(default, rename = "rare")]
    _rare: bool,
    /// As for [`AllowEntry`]; without any, every call is refused.
    #[serde(default)]
    args: Vec<ArgumentCheck>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum RefusalErrno {
    /// The call does nothing and returns success.
    #[serde(rename = "none")]
    Nothing = 0,
    #[serde(rename = "ENOSYS")]
    NoSys = libc::ENOSYS as isize,
    #[serde(rename = "EPERM")]
    Perm = libc::EPERM as isize,
    #[serde(rename = "EACCES")]
    Access = libc::EACCES as isize,
    #[serde(rename = "ENOTSUP")]
    NotSup = libc::ENOTSUP as isize,
}

/// Condition on one argument: `(argument & mask) == equals`, the mask being all ones by default;
/// or, with `differs`, that it is not `equals`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArgumentCheck {
    index: u8,
    equals: u64,
    mask: Option<u64>,
    #[serde(default)]
    differs: bool,
    /// Compare the lower 32 bits only, for arguments that the kernel takes as `int`.
    #[serde(default)]
    int: bool,
}

impl ArgumentCheck {
    /// Returns the alternatives of which one must hold, each the checks that it consists of.
    fn alternatives(&self) -> Vec<Vec<WordCheck>> {
        let mask = self.mask.unwrap_or(u64::MAX);
        let halves = WordCheck::of_argument(self.index, mask, self.equals, self.differs);
        let compared = halves.into_iter().take(if self.int { 1 } else { 2 });
        let halves: Vec<WordCheck> = compared.filter(|half| half.mask != 0).collect();
        if self.differs {
            halves.into_iter().map(|half| vec![half]).collect()
        } else {
            vec![halves]
        }
    }
}

/// Returns code that gives an answer if all checks hold, and else goes on behind it.
fn answer_if(args: &[ArgumentCheck], action: u32) -> BpfProgram {
    let mut alternatives = vec![Vec::new()];
    for arg in args {
        let both = |before: &Vec<WordCheck>| {
            let with = |next: Vec<WordCheck>| [before.as_slice(), &next].concat();
            arg.alternatives().into_iter().map(with).collect::<Vec<_>>()
        };
        alternatives = alternatives.iter().flat_map(both).collect();
    }
    let codes = alternatives.iter();
    codes
        .flat_map(|checks| bpf::answer_if(checks, action))
        .collect()
}

impl SyscallPolicy {
    fn load(name: &str) -> Result<SyscallPolicy, SandboxError> {
        let unknown =
            || SandboxError::new(SandboxStep::CompileFilter, format!("no policy `{name}`"));
        let (_, text) = POLICIES
            .iter()
            .find(|(policy, _)| *policy == name)
            .ok_or_else(unknown)?;
        let mut policy: SyscallPolicy =
            toml::from_str(text).at_path(SandboxStep::CompileFilter, name)?;
        policy.check_reasons(name)?;
        for included in std::mem::take(&mut policy.include) {
            let base = SyscallPolicy::load(&included)?;
            policy.allow.extend(base.allow);
            policy.refuse.extend(base.refuse);
        }
        Ok(policy)
    }

    /// Refuses entries without a reason: later nobody could tell whether they are still needed.
    fn check_reasons(&self, name: &str) -> Result<(), SandboxError> {
        let allowed = self
            .allow
            .iter()
            .map(|entry| (&entry.reason, &entry.syscalls));
        let refused = self
            .refuse
            .iter()
            .map(|entry| (&entry.reason, &entry.syscalls));
        match allowed
            .chain(refused)
            .find(|(reason, _)| reason.trim().is_empty())
        {
            None => Ok(()),
            Some((_, calls)) => {
                let detail = format!("policy `{name}`: no reason for {}", calls.join(", "));
                Err(SandboxError::new(SandboxStep::CompileFilter, detail))
            }
        }
    }

    /// Returns the policy of a program that hands over a listener, if it does.
    fn with_channel(&self, denial: Denial) -> SyscallPolicy {
        let mut policy = self.clone();
        if denial == Denial::Notify {
            policy
                .allow
                .push(launcher_entry("sendmsg", vec![channel_check()]));
        }
        policy
    }

    /// Returns the policy of a launcher of such programs.
    fn for_launcher(mut self) -> SyscallPolicy {
        for entry in &mut self.refuse {
            let (of_launcher, others) = std::mem::take(&mut entry.syscalls)
                .into_iter()
                .partition(|name| is_launcher_call(name));
            entry.syscalls = others;
            // Refused by some arguments only: the program's own filter answers.
            if !entry.args.is_empty() {
                self.allow.push(AllowEntry {
                    syscalls: of_launcher,
                    reason: entry.reason.clone(),
                    _rare: false,
                    args: entry.args.clone(),
                });
            }
        }
        self.refuse.retain(|entry| !entry.syscalls.is_empty());
        self.allow.extend(launcher_rules());
        self
    }

    /// True if a call is allowed with any arguments, as far as it isn't refused.
    fn always_allows(&self, name: &String) -> bool {
        let fitting = |entry: &AllowEntry| entry.args.is_empty() && entry.syscalls.contains(name);
        self.allow.iter().any(fitting)
    }

    /// Returns the policy as one filter. `answers` are those that differ between a launcher's and a
    /// program's.
    fn filter(&self, answers: &FilterAnswers) -> Result<BpfProgram, SandboxError> {
        let mut codes: BTreeMap<u32, BpfProgram> = BTreeMap::new();
        let mut add = |name: &String, args: &[ArgumentCheck], action: u32| {
            let code = codes.entry(number_of(name)?).or_default();
            code.extend(answer_if(args, action));
            Ok::<(), SandboxError>(())
        };
        for entry in &self.refuse {
            for name in &entry.syscalls {
                if answers.refuses_all || is_launcher_call(name) {
                    let action = libc::SECCOMP_RET_ERRNO | entry.errno as u32;
                    add(name, &entry.args, action)?;
                } else if !self.always_allows(name) {
                    add(name, &entry.args, libc::SECCOMP_RET_ALLOW)?;
                }
            }
        }
        for entry in &self.allow {
            for name in &entry.syscalls {
                add(name, &entry.args, libc::SECCOMP_RET_ALLOW)?;
            }
        }
        for code in codes.values_mut() {
            bpf::end_with(code, answers.denied);
        }
        Ok(bpf::by_number(&codes, answers.denied, answers.unknown))
    }
}

/// Answers of one filter of the two that hold for a program.
struct FilterAnswers {
    denied: u32,
    /// To calls that are newer than our lists.
    unknown: u32,
    /// False: refused calls are allowed, because the launcher's filter refuses them; but those that a
    /// launcher itself may make.
    refuses_all: bool,
}

fn is_launcher_call(name: &str) -> bool {
    LAUNCHER_CALLS.contains(&name)
}

fn number_of(name: &str) -> Result<u32, SandboxError> {
    let unknown = |_| SandboxError::new(SandboxStep::CompileFilter, format!("no call `{name}`"));
    name.parse::<Sysno>()
        .map(|call| call.id() as u32)
        .map_err(unknown)
}

/// Returns the condition that a process hands over its listener.
fn channel_check() -> ArgumentCheck {
    ArgumentCheck {
        index: 0,
        equals: LISTENER_CHANNEL as u64,
        mask: None,
        differs: false,
        int: true,
    }
}

fn launcher_entry(name: &str, args: Vec<ArgumentCheck>) -> AllowEntry {
    AllowEntry {
        syscalls: vec![name.to_owned()],
        reason: "needed by launchers".to_owned(),
        _rare: false,
        args,
    }
}

/// Returns the rules for the calls that a launcher may make.
fn launcher_rules() -> Vec<AllowEntry> {
    let entry = launcher_entry;
    let is = |equals| ArgumentCheck {
        index: 0,
        equals,
        mask: None,
        differs: false,
        int: true,
    };
    let sharing_memory = libc::CLONE_VM | libc::SIGCHLD;
    let by_fork = libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID | libc::SIGCHLD;
    vec![
        entry("clone", vec![is(sharing_memory as u64)]),
        entry("clone", vec![is(by_fork as u64)]),
        entry("setsid", vec![]),
        entry("setresuid", vec![]),
        entry("seccomp", vec![is(libc::SECCOMP_SET_MODE_FILTER.into())]),
        entry("capset", vec![]),
        entry("prctl", vec![]),
        entry("sendmsg", vec![channel_check()]),
    ]
}

/// Compiles the filters of a policy.
pub(crate) fn filters(policy: &str, denial: Denial) -> Result<PolicyFilters, SandboxError> {
    let policy = SyscallPolicy::load(policy)?;
    let of_launcher = FilterAnswers {
        denied: denial.by_launcher(),
        // A new libc tries new calls and then falls back.
        unknown: libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32,
        refuses_all: true,
    };
    let of_program = FilterAnswers {
        denied: denial.by_program(),
        unknown: libc::SECCOMP_RET_ALLOW,
        refuses_all: false,
    };
    Ok(PolicyFilters {
        hides_proc: policy.hides_proc,
        program: policy.with_channel(denial).filter(&of_program)?,
        denial,
        launcher: policy.for_launcher().filter(&of_launcher)?,
    })
}

/// Returns a filter for trying notifications: it denies `getppid` and allows everything else.
pub(crate) fn denying_getppid() -> BpfProgram {
    let denied = vec![bpf::answer(libc::SECCOMP_RET_USER_NOTIF)];
    let codes = BTreeMap::from([(libc::SYS_getppid as u32, denied)]);
    let allowed = libc::SECCOMP_RET_ALLOW;
    bpf::by_number(&codes, allowed, allowed)
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
