//! The languages, one TOML file each in `languages/`: the only place that has to be edited to add one.
//! `docs/LANGUAGES.md` describes the files.
//!
//! Nothing here runs a program or looks for a toolchain; that is the judge's task.

mod catalog;
mod language;
mod registry;
mod settings;
mod toolchain;

pub use language::{Language, LanguageError};
pub use registry::{DetectedLanguage, LanguageRegistry};
pub use settings::{
    AdapterSettings, CompilerHint, EditorSettings, PackageSettings, PistonSettings,
};
pub use toolchain::{
    CompileLimits, CompileStep, FastLinker, InterpreterKind, OptionalPart, PrecompiledHeader,
    RunStep, Stage, ToolPath, ToolchainProbe, WarmSettings,
};

/// Returns the languages that are built into the binary, by id.
pub fn builtin_languages() -> Result<Vec<Language>, LanguageError> {
    Ok(LanguageRegistry::builtin()?.into_languages())
}
