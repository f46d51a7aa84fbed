//! Headers that take long to compile, compiled before any program includes them.
//!
//! A header is compiled in a cell, from nothing that a stranger wrote, and used once a trial has
//! shown that the compiler accepts it. Where the flags or macros of a program differ, the compiler
//! passes over it by itself: a precompiled header saves time and changes no result.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use blake3::{Hash, Hasher};
use letscode_languages::{Language, PrecompiledHeader, Stage};
use letscode_model::LanguageId;

use super::diagnostics::failure_message;
use super::header_folder::HeaderFolder;
use super::sources::workspace_file;
use crate::error::EngineError;
use crate::execute::Executor;
use crate::execute::files::CollectFile;
use crate::execute::limits::RunLimits;
use crate::execute::request::{ProgramSource, RunRequest, StreamTarget};
use crate::execute::result::{Outcome, RunResult};
use crate::toolchain::adapt::{compile_limits, put_in};
use crate::toolchain::environment::environment;
use crate::toolchain::locate::HEADERS;

/// Placeholder of a compile command for the options that use a precompiled header. The cache key is
/// made without them.
pub(super) const PRECOMPILED: &str = "{precompiled}";

/// Changes whenever the contents of the folder are made differently.
const FORMAT: &str = "letscode header 1";
/// Largest precompiled header. That of the whole standard library has 120 MB.
const MAX_HEADER_BYTES: u64 = 512 << 20;
const SOURCE: &str = "header.h";

/// Folder of the precompiled headers, and the headers that may be used, by language.
#[derive(Debug, Default)]
pub(crate) struct PrecompiledHeaders {
    folder: Option<HeaderFolder>,
    ready: RwLock<BTreeMap<LanguageId, ReadyHeader>>,
}

#[derive(Debug, Clone)]
struct ReadyHeader {
    toolchain: Hash,
    options: Vec<String>,
}

impl PrecompiledHeaders {
    pub fn open(&mut self, folder: &Path) -> Result<(), EngineError> {
        self.folder = Some(HeaderFolder::open(folder).map_err(io_error)?);
        Ok(())
    }

    /// Makes the headers of all languages whose toolchain has an identity, and removes all others.
    pub fn precompile<'l>(
        &self,
        executor: &dyn Executor,
        languages: impl Iterator<Item = &'l Language>,
        identity: impl Fn(&Language) -> Option<Hash>,
    ) -> Result<(), EngineError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let mut names = Vec::new();
        let mut failure = None;
        for language in languages {
            let Some(header) = &language.compile.precompiled else {
                continue;
            };
            let Some(toolchain) = identity(language) else {
                continue;
            };
            let trial = HeaderTrial {
                executor,
                language,
                header,
            };
            if !self.is_ready(language, toolchain)
                && let Err(error) = self.make(folder, &trial, toolchain, || identity(language))
            {
                failure = Some(error);
            }
            names.push(entry_name(language, header, toolchain));
        }
        folder.keep_only(&names).map_err(io_error)?;
        failure.map_or(Ok(()), Err)
    }

    /// Makes one header, unless it was made before, and tries it.
    fn make(
        &self,
        folder: &HeaderFolder,
        trial: &HeaderTrial<'_>,
        toolchain: Hash,
        identity: impl Fn() -> Option<Hash>,
    ) -> Result<(), EngineError> {
        let (language, header) = (trial.language, trial.header);
        let name = entry_name(language, header, toolchain);
        let is_kept = folder.is_intact(&name, header);
        if !is_kept {
            trial.compile(folder, &name)?;
        }
        let options = vec![header.search.clone(), format!("{HEADERS}/{name}")];
        trial.include(&options)?;
        if identity() == Some(toolchain) {
            self.allow(language, ReadyHeader { toolchain, options });
            return Ok(());
        }
        // It may have parts of both toolchains.
        if !is_kept {
            folder.remove(&name).map_err(io_error)?;
        }
        Err(trial.error("the toolchain has just changed"))
    }

    /// True if a language has no header of its present toolchain and could have one.
    pub fn is_incomplete<'l>(
        &self,
        mut languages: impl Iterator<Item = &'l Language>,
        identity: impl Fn(&Language) -> Option<Hash>,
    ) -> bool {
        self.folder.is_some()
            && languages.any(|language| {
                language.compile.precompiled.is_some()
                    && identity(language).is_some_and(|hash| !self.is_ready(language, hash))
            })
    }

    fn is_ready(&self, language: &Language, toolchain: Hash) -> bool {
        let ready = self.ready(language);
        ready.is_some_and(|header| header.toolchain == toolchain)
    }

    /// Returns the compiler's options to use the precompiled header: none until there is one, and
    /// none once the toolchain has changed.
    pub fn options(
        &self,
        language: &Language,
        identity: impl FnOnce() -> Option<Hash>,
    ) -> Vec<String> {
        match self.ready(language) {
            Some(ready) if identity() == Some(ready.toolchain) => ready.options,
            _ => Vec::new(),
        }
    }

    fn ready(&self, language: &Language) -> Option<ReadyHeader> {
        let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner);
        ready.get(&language.id).cloned()
    }

    fn allow(&self, language: &Language, header: ReadyHeader) {
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        ready.insert(language.id.clone(), header);
    }
}

/// One header that is compiled and tried.
struct HeaderTrial<'a> {
    executor: &'a dyn Executor,
    language: &'a Language,
    header: &'a PrecompiledHeader,
}

impl HeaderTrial<'_> {
    /// Compiles the header into the folder.
    fn compile(&self, folder: &HeaderFolder, name: &str) -> Result<(), EngineError> {
        let mut source = self.header.as_header.clone();
        source.push(SOURCE.to_owned());
        let command = self.command(&[], &source);
        let text = format!("#include <{}>\n", self.header.header);
        let result = self.run_compiler(command, &text)?;
        if result.outcome != Outcome::SUCCESS {
            return Err(self.error(&self.failure_message(result)));
        }
        let compiled = result.collected.into_iter().next().flatten();
        let compiled = compiled.ok_or_else(|| self.error("the compiler made none"))?;
        let put = folder.put(name, self.header, &compiled);
        put.map_err(io_error)
    }

    /// Compiles a program that includes the header, and checks that the compiler has read the
    /// precompiled one.
    fn include(&self, options: &[String]) -> Result<(), EngineError> {
        let list_headers = "-H".to_owned();
        let command = self.command(options, &[list_headers, self.language.source.clone()]);
        let text = format!("#include <{}>\nint main() {{}}\n", self.header.header);
        let result = self.run_compiler(command, &text)?;
        let outcome = result.outcome;
        let report = format!("! {}/{}.gch", options[1], self.header.header);
        let is_used = outcome == Outcome::SUCCESS && self.failure_message(result).contains(&report);
        if is_used {
            return Ok(());
        }
        Err(self.error(&format!("the compiler does not take it ({outcome:?})")))
    }

    fn command(&self, options: &[String], sources: &[String]) -> Vec<String> {
        let mut command = self.language.compile.command.clone();
        put_in(&mut command, PRECOMPILED, options);
        put_in(&mut command, "{sources}", sources);
        command
    }

    fn run_compiler(&self, argv: Vec<String>, text: &str) -> Result<RunResult, EngineError> {
        let language = self.language;
        let name = argv.last().cloned().unwrap_or_default();
        let file = workspace_file(name, text.as_bytes())?;
        let output = language.compile.output.iter();
        let collect = output.map(|name| CollectFile {
            name,
            max_bytes: MAX_HEADER_BYTES,
        });
        Ok(self.executor.run(RunRequest {
            profile: &Stage::Compile.profile(&language.id),
            stage: Stage::Compile,
            limits: RunLimits {
                workspace_bytes: MAX_HEADER_BYTES,
                file_bytes: MAX_HEADER_BYTES,
                ..compile_limits(&language.compile.limits)
            },
            program: ProgramSource::Path(&language.compile.command[0]),
            argv,
            env: environment(language, Stage::Compile),
            stdin: StreamTarget::Null,
            stdout: StreamTarget::Captured,
            stderr: StreamTarget::Captured,
            files: vec![file.as_input()],
            collect: collect.collect(),
            raisable_priority: None,
            cancel: None,
        })?)
    }

    fn failure_message(&self, result: RunResult) -> String {
        failure_message(result, &compile_limits(&self.language.compile.limits))
    }

    fn error(&self, reason: &str) -> EngineError {
        let header = &self.header.header;
        EngineError::Unsupported(format!("{header} is not precompiled: {reason}"))
    }
}

/// Returns the name of a header's entry: a hash of its toolchain and of the command that makes it.
fn entry_name(language: &Language, header: &PrecompiledHeader, toolchain: Hash) -> String {
    let mut hasher = Hasher::new();
    let command = language.compile.command.iter().chain(&header.as_header);
    for argument in command.chain([&header.header]) {
        hasher.update(&(argument.len() as u64).to_le_bytes());
        hasher.update(argument.as_bytes());
    }
    hasher.update(toolchain.as_bytes());
    hasher.update(FORMAT.as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

fn io_error(source: io::Error) -> EngineError {
    EngineError::Io {
        doing: "keeping a precompiled header",
        source,
    }
}
