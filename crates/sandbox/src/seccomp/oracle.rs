//! The policies compiled by another compiler, one filter for each kind of answer: what tests compare
//! our own filters with.

use std::collections::BTreeSet;

use seccompiler::BpfProgram;
use serde_json::{Value, json};

use super::{ArgumentCheck, RefusalErrno, SyscallPolicy};
use crate::error::StepContext;
use crate::{SandboxError, SandboxStep};

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
    /// Returns filters whose strictest answer is the policy.
    pub fn oracle(&self, denied: u32) -> Result<Vec<BpfProgram>, SandboxError> {
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
                filters.push(compile(json!("allow"), action, rules, denied)?);
            }
        }
        filters.push(self.denying(denied)?);
        Ok(filters)
    }

    fn refused(&self, only: Option<RefusalErrno>) -> impl Iterator<Item = Value> {
        let entries = self.refuse.iter();
        let entries = entries.filter(move |entry| only.is_none_or(|errno| entry.errno == errno));
        entries.flat_map(|entry| rules(&entry.syscalls, &entry.args))
    }

    /// Returns the filter that gives the answer `denied` to a call that is in no list.
    fn denying(&self, denied: u32) -> Result<BpfProgram, SandboxError> {
        let allowed = self
            .allow
            .iter()
            .flat_map(|entry| rules(&entry.syscalls, &entry.args));
        // A refused call must pass this filter to reach its gentler answer.
        let rules = allowed.chain(self.refused(None)).collect();
        compile(json!("kill_process"), json!("allow"), rules, denied)
    }
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

/// Compiles rules. `denied` is the answer to calls of other architectures, and the one that
/// `kill_process` stands for.
fn compile(
    otherwise: Value,
    matched: Value,
    rules: Vec<Value>,
    denied: u32,
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
    let mut program = programs.remove("filter").ok_or_else(|| {
        SandboxError::new(
            SandboxStep::CompileFilter,
            "the compiler returned no filter",
        )
    })?;
    super::replace_kill(&mut program, denied);
    Ok(program)
}
