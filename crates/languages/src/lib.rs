//! The languages, one TOML file each in `languages/`: the only place that has to be edited to add one.
//!
//! Nothing here runs a program or looks for a toolchain; that is the judge's task.

mod language;
mod toolchain;

pub use language::{Language, LanguageError, builtin_languages};
pub use toolchain::{
    CompileLimits, CompileStep, FastLinker, InterpreterKind, OptionalPart, PrecompiledHeader,
    RunStep, Stage, ToolPath, ToolchainProbe, WarmSettings,
};
