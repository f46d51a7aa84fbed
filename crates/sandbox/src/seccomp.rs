//! System call policies: compiles the allow-lists in `policy/` to filters.
//!
//! A policy lists the calls that a kind of program may make, each entry with its reason; any other
//! call ends the process (`SIGSYS`), which the supervisor reports as `SyscallDenied`. A few calls
//! are *refused* with an error number instead, because runtimes probe for them and go on without.
//!
//! The code knows no language: a policy's name comes with the cell's profile.

mod bpf;

use std::collections::BTreeSet;

use seccompiler::BpfProgram;
use serde::Deserialize;
use serde_json::{Value, json};

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

/// A policy as filters; the kernel takes the strictest result of all that are installed.
///
/// A launcher starts one program after another, and needs calls that no program may make: to become
/// another user, and to make processes. To save the bulk of the work for each program, the launcher
/// installs nearly the whole policy once, and each program installs a short filter for the rest.
pub struct PolicyFilters {
    /// Installed by the launcher, in this order.
    pub launcher: Vec<BpfProgram>,
    /// Takes away the calls that only a launcher may make. Short, because it is installed for every
    /// program.
    pub program: BpfProgram,
    /// Programs can't open files below `/proc`.
    pub hides_proc: bool,
}

/// Calls that a launcher makes and a program can't, unless its policy allows them.
const LAUNCHER_CALLS: [(&str, i64); 6] = [
    ("clone", libc::SYS_clone),
    ("setsid", libc::SYS_setsid),
    ("setresuid", libc::SYS_setresuid),
    ("seccomp", libc::SYS_seccomp),
    // For warm interpreters: a forked program drops what an exec would.
    ("capset", libc::SYS_capset),
    ("prctl", libc::SYS_prctl),
];

#[derive(Debug, Deserialize)]
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

#[derive(Debug, Deserialize)]
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

#[derive(Debug, Deserialize)]
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
    fn to_json(&self) -> Value {
        let op = match self.mask {
            Some(mask) => json!({ "masked_eq": mask }),
            None if self.differs => json!("ne"),
            None => json!("eq"),
        };
        let kind = if self.int { "dword" } else { "qword" };
        json!({ "index": self.index, "type": kind, "op": op, "val": self.equals })
    }
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

    fn filters(&self) -> Result<Vec<BpfProgram>, SandboxError> {
        let mut filters = Vec::new();
        for errno in [
            RefusalErrno::Nothing,
            RefusalErrno::NoSys,
            RefusalErrno::Perm,
            RefusalErrno::Access,
            RefusalErrno::NotSup,
        ] {
            let rules: Vec<Value> = self.refused(Some(errno)).collect();
            if !rules.is_empty() {
                let action = json!({ "errno": errno as u32 });
                filters.push(compile(json!("allow"), action, rules)?);
            }
        }
        filters.push([bpf::unknown_calls_first(), self.killing()?].concat());
        Ok(filters)
    }

    fn refused(&self, only: Option<RefusalErrno>) -> impl Iterator<Item = Value> {
        let entries = self.refuse.iter();
        let entries = entries.filter(move |entry| only.is_none_or(|errno| entry.errno == errno));
        entries.flat_map(|entry| rules(&entry.syscalls, &entry.args))
    }

    /// Returns the filter that kills a process for a call that is in no list.
    fn killing(&self) -> Result<BpfProgram, SandboxError> {
        let allowed = self
            .allow
            .iter()
            .flat_map(|entry| rules(&entry.syscalls, &entry.args));
        // A refused call must pass the killing filter to reach its gentler answer.
        let rules = allowed.chain(self.refused(None)).collect();
        compile(json!("kill_process"), json!("allow"), rules)
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

    /// Returns the filter for a launcher's calls as the policy has them; every other call is
    /// allowed.
    fn for_program(&self) -> Result<BpfProgram, SandboxError> {
        let allowed = self.allow.iter();
        let allowed = allowed.flat_map(|entry| launcher_call_rules(&entry.syscalls, &entry.args));
        let allowed: Vec<Value> = allowed.collect();
        let mut otherwise = if allowed.is_empty() {
            vec![bpf::answer(libc::SECCOMP_RET_KILL_PROCESS)]
        } else {
            compile(json!("kill_process"), json!("allow"), allowed)?
        };
        for entry in self.refuse.iter().filter(|entry| !entry.args.is_empty()) {
            let rules = launcher_call_rules(&entry.syscalls, &entry.args);
            if !rules.is_empty() {
                let action = json!({ "errno": entry.errno as u32 });
                let refusing = compile(json!("allow"), action, rules)?;
                otherwise = bpf::unless_answered(refusing, otherwise);
            }
        }
        let cases = LAUNCHER_CALLS.map(|(name, number)| {
            let names_it = |entry: &&RefuseEntry| {
                entry.args.is_empty() && entry.syscalls.iter().any(|call| call == name)
            };
            let refused = self.refuse.iter().find(names_it);
            (number as u32, refused.map(|entry| entry.errno as u32))
        });
        Ok(bpf::some_calls(&cases, otherwise))
    }
}

fn is_launcher_call(name: &str) -> bool {
    LAUNCHER_CALLS.iter().any(|(call, _)| *call == name)
}

/// Returns the rules for those of the calls that a launcher may make, too.
fn launcher_call_rules(syscalls: &[String], args: &[ArgumentCheck]) -> Vec<Value> {
    let calls = syscalls.iter().filter(|name| is_launcher_call(name));
    rules(&calls.cloned().collect::<Vec<_>>(), args)
}

/// Returns the rules for the calls that a launcher may make.
fn launcher_rules() -> Vec<AllowEntry> {
    let entry = |name: &str, args| AllowEntry {
        syscalls: vec![name.to_owned()],
        reason: "needed by launchers".to_owned(),
        _rare: false,
        args,
    };
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
    ]
}

/// Returns one rule per call, all with the same conditions.
fn rules(syscalls: &[String], args: &[ArgumentCheck]) -> Vec<Value> {
    let args: Vec<Value> = args.iter().map(ArgumentCheck::to_json).collect();
    let rule = |name: &String| {
        if args.is_empty() {
            json!({ "syscall": name })
        } else {
            json!({ "syscall": name, "args": args })
        }
    };
    syscalls.iter().map(rule).collect()
}

/// Drops rules with conditions on calls that also have a rule without any: the compiler would
/// ignore the latter.
fn without_redundant(rules: Vec<Value>) -> Vec<Value> {
    let is_free = |rule: &Value| rule.get("args").is_none();
    let free: BTreeSet<String> = rules
        .iter()
        .filter(|rule| is_free(rule))
        .map(|rule| rule["syscall"].to_string())
        .collect();
    let is_needed = |rule: &Value| is_free(rule) || !free.contains(&rule["syscall"].to_string());
    rules.into_iter().filter(is_needed).collect()
}

fn compile(
    otherwise: Value,
    matched: Value,
    rules: Vec<Value>,
) -> Result<BpfProgram, SandboxError> {
    let rules = without_redundant(rules);
    let document = json!({
        "filter": { "mismatch_action": otherwise, "match_action": matched, "filter": rules }
    });
    let bytes = document.to_string();
    let arch = std::env::consts::ARCH
        .try_into()
        .map_err(|error| SandboxError::new(SandboxStep::CompileFilter, format!("{error:?}")))?;
    let mut programs =
        seccompiler::compile_from_json(bytes.as_bytes(), arch).at(SandboxStep::CompileFilter)?;
    programs.remove("filter").ok_or_else(|| {
        SandboxError::new(
            SandboxStep::CompileFilter,
            "the compiler returned no filter",
        )
    })
}

/// Compiles the filters of a policy.
pub(crate) fn filters(policy: &str) -> Result<PolicyFilters, SandboxError> {
    let policy = SyscallPolicy::load(policy)?;
    Ok(PolicyFilters {
        hides_proc: policy.hides_proc,
        program: policy.for_program()?,
        launcher: policy.for_launcher().filters()?,
    })
}

#[cfg(test)]
mod tests;
