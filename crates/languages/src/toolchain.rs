//! The parts of a language file about its toolchain: compiling, running, and where it is installed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use letscode_model::{CompileOption, LanguageId};
use serde::Deserialize;

/// Something that a program may use where it is installed, and that nothing else needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionalPart {
    pub locate: ToolPath,
    /// Command or advice that installs it, for people whose machine lacks it.
    pub install: String,
    /// More parts of the root that the compiler runs in; `{name}` is what was located.
    #[serde(default)]
    pub root: Vec<String>,
    /// More parts of the root that programs run in.
    #[serde(default)]
    pub run_root: Vec<String>,
    /// More of the compiler's options.
    #[serde(default)]
    pub options: Vec<String>,
}

/// Rule that finds a part of the toolchain on the host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum ToolPath {
    /// The first of these that exists.
    Path { path: Vec<PathBuf> },
    /// A command of the service's PATH, links resolved.
    Command { command: String },
    /// The first line that a command of the host prints.
    OutputOf { output_of: Vec<String> },
}

/// The command that prints the toolchain's version. It runs inside a cell: a toolchain that answers
/// there also works there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolchainProbe {
    pub stage: Stage,
    pub command: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Compile,
    Run,
    /// A package's own checker or interactor.
    Validate,
}

impl Stage {
    /// The sandbox's name for this language's kind of cell.
    pub fn profile(self, language: &LanguageId) -> String {
        match self {
            Stage::Compile => format!("{language}-compile"),
            Stage::Run => format!("{language}-run"),
            Stage::Validate => format!("{language}-validate"),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompileStep {
    /// `{sources}` stands for all source files, `{main}` for the one that the program starts in;
    /// `{linker}` and `{precompiled}` for the options of what makes compiling faster, where it is
    /// there.
    pub command: Vec<String>,
    /// Options that replace the first one with the same beginning (up to `=`) when the compiler
    /// refuses a program, one after the other.
    #[serde(default)]
    pub dialects: Vec<String>,
    /// Options that a run may choose; `*` at the end stands for a value.
    #[serde(default)]
    pub options: Vec<CompileOption>,
    /// The file that is run; absent where the source itself is.
    pub output: Option<String>,
    /// The sandbox's system call policy.
    pub policy: String,
    pub root: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    pub limits: CompileLimits,
    pub warm: Option<WarmSettings>,
    pub linker: Option<FastLinker>,
    pub precompiled: Option<PrecompiledHeader>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompileLimits {
    pub cpu_time_s: u64,
    pub wall_time_s: u64,
    pub memory_mib: u64,
    /// By default as many as a submission.
    pub processes: Option<u32>,
    #[serde(default = "one_core")]
    pub cpu_cores: f64,
}

fn one_core() -> f64 {
    1.0
}

/// A linker that is faster than the usual one, used where it is installed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FastLinker {
    /// On the host.
    pub path: PathBuf,
    /// In a cell.
    pub target: PathBuf,
    /// The compiler's options to use it.
    pub options: Vec<String>,
    /// Command that installs it, and what it is good for.
    pub install: String,
}

/// A header that programs include and that takes long to compile.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrecompiledHeader {
    /// As programs write it: `bits/stdc++.h`.
    pub header: String,
    /// Options in front of a source that is a header.
    pub as_header: Vec<String>,
    /// The option in front of a folder in which headers are looked for first.
    pub search: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunStep {
    /// `{output}` stands for what the compile step made, `{main}` for the source file to start in.
    pub command: Vec<String>,
    /// The sandbox's system call policy.
    pub policy: String,
    pub root: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub stack: StackSettings,
    pub warm: Option<WarmSettings>,
}

/// Size to which the main thread's stack may grow.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StackSettings {
    /// Memory that the runtime needs for itself.
    pub runtime_mib: u64,
    pub most_mib: u64,
}

impl Default for StackSettings {
    fn default() -> Self {
        StackSettings {
            runtime_mib: 0,
            most_mib: 64 << 10,
        }
    }
}

impl StackSettings {
    /// Returns the size for a program with this much memory: three quarters of it, so that infinite
    /// recursion is a crash (a Runtime Error) before it is a Memory Limit Exceeded.
    pub fn bytes(&self, memory_bytes: u64) -> u64 {
        const SMALLEST: u64 = 4 << 20;
        let left = memory_bytes.saturating_sub(self.runtime_mib << 20);
        (memory_bytes / 4 * 3)
            .min(left.max(SMALLEST))
            .min(self.most_mib << 20)
    }
}

/// An interpreter that may have started before a program comes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarmSettings {
    pub interpreter: InterpreterKind,
    /// A program that is granted less gets an interpreter of its own.
    pub least_memory_mib: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InterpreterKind {
    Python,
    Node,
}
