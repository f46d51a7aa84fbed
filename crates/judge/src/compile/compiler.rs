use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use letscode_languages::{Language, Stage};
use letscode_model::{LanguageId, LimitSpec, StageReport};

use super::cache::key::KeyMaterial;
use super::cache::{CompileCache, CompileCounts, FlightClaim};
use super::compiled::{CompileResult, CompiledProgram, MAX_ARTIFACT_BYTES};
use super::diagnostics::{compiler_output, compiler_stage, failed_stage, is_rejection};
use super::dialects::{dialect_commands, has_only_some_errors_of};
use super::elf::is_static_executable;
use super::executable::Compilation;
use super::headers::{PRECOMPILED, PrecompiledHeaders};
use super::sources::{AssembledProgram, Sources};
use crate::error::EngineError;
use crate::execute::Executor;
use crate::execute::cancel::CancelToken;
use crate::execute::files::{Artifact, CollectFile, WorkspaceFile};
use crate::execute::limits::{RunLimits, stated_limits};
use crate::execute::priority::{Priority, RunPriority};
use crate::execute::request::{ProgramSource, RunRequest, StreamTarget};
use crate::execute::result::{Outcome, RunResult};
use crate::toolchain::adapt::{compile_limits, put_in};
use crate::toolchain::environment::environment;
use crate::toolchain::{IdentityReport, Toolchains};

/// State of a language's compiler, cache and precompiled header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileHealth {
    pub toolchain: IdentityReport,
    /// True if its precompiled header is missing, or is another toolchain's.
    pub lacks_header: bool,
}

impl CompileHealth {
    /// Returns what is slower than it should be, with the reason.
    pub fn trouble(&self) -> Option<String> {
        let toolchain = &self.toolchain;
        let reason = toolchain.trouble.as_deref().unwrap_or("not looked at yet");
        if !toolchain.is_identified {
            Some(format!("every program is compiled anew: {reason}"))
        } else if self.lacks_header {
            Some("programs are compiled without the precompiled header".to_owned())
        } else {
            toolchain.trouble.clone()
        }
    }
}

/// Compiles programs, and keeps what was compiled.
#[derive(Debug)]
pub struct Compiler {
    executor: Arc<dyn Executor>,
    toolchains: Arc<Toolchains>,
    cache: CompileCache,
    headers: PrecompiledHeaders,
}

/// Folders that outlive the process. Both are made if need be.
#[derive(Debug, Clone)]
pub struct CacheFolders {
    /// Compiled programs. Must belong to this process's user alone.
    pub compiled: PathBuf,
    /// Size of `compiled`; the least recently used programs are removed first.
    pub max_bytes: u64,
    /// Precompiled headers: the folder that the engine was started with, by the name that it has
    /// now. To be opened before there is any cell: a cell that was made earlier never sees it.
    pub headers: Option<PathBuf>,
}

/// A package's limits for its compilers; the language's own limits hold as well.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CompileBounds {
    pub time: Duration,
    pub memory_bytes: u64,
}

impl CompileBounds {
    /// No limits but the language's own.
    pub const NONE: CompileBounds = CompileBounds {
        time: Duration::MAX,
        memory_bytes: u64::MAX,
    };
}

/// Settings of one compilation beside its sources.
#[derive(Debug, Clone)]
pub(crate) struct CompileSettings<'a> {
    pub bounds: CompileBounds,
    /// More of the compiler's options.
    pub options: &'a [String],
    /// Limits that replace the language's own.
    pub limits: LimitSpec,
    /// True if they replace only what is above them.
    pub keeps_below_language: bool,
    /// Ends the compiler early, with [`EngineError::Cancelled`].
    pub cancel: Option<&'a CancelToken>,
}

impl CompileSettings<'_> {
    /// Returns settings without options, limits of a request and cancellation.
    pub fn of_bounds(bounds: CompileBounds) -> Self {
        CompileSettings {
            bounds,
            options: &[],
            limits: LimitSpec::default(),
            keeps_below_language: false,
            cancel: None,
        }
    }

    fn limits(&self, language: &Language) -> RunLimits {
        let own = compile_limits(&language.compile.limits);
        let stated = if self.keeps_below_language {
            self.limits.at_most(own.stated())
        } else {
            self.limits
        };
        let own = stated_limits(own, &stated);
        // One allowance for all dialects together.
        RunLimits {
            cpu_time: own.cpu_time.min(self.bounds.time),
            memory_bytes: own.memory_bytes.min(self.bounds.memory_bytes),
            ..own
        }
    }
}

impl Compiler {
    pub(crate) fn new(executor: Arc<dyn Executor>, toolchains: Arc<Toolchains>) -> Compiler {
        Compiler {
            executor,
            toolchains,
            cache: CompileCache::default(),
            headers: PrecompiledHeaders::default(),
        }
    }

    /// Returns how often something was compiled, and how often that was not necessary.
    pub fn counts(&self) -> CompileCounts {
        self.cache.counts()
    }

    /// Makes the precompiled headers that are missing, and removes those of other toolchains. Takes
    /// some seconds, during which programs are compiled without them. To be called again after an
    /// error, and whenever [`Compiler::lacks_headers`].
    ///
    /// Needs both folders of [`CacheFolders`]. After an error, compiling works and is slower.
    pub fn precompile_headers(&self) -> Result<(), EngineError> {
        let identity = |language: &Language| self.toolchain_identity(language);
        let languages = self.toolchains.available();
        self.headers
            .precompile(&*self.executor, languages, identity)
    }

    /// True if a header is to be made, as after another toolchain was installed.
    pub fn lacks_headers(&self) -> bool {
        let identity = |language: &Language| self.toolchain_identity(language);
        self.headers
            .is_incomplete(self.toolchains.available(), identity)
    }

    /// Looks at all toolchains, and returns how well each language's programs are compiled. Empty
    /// where nothing outlives the process.
    pub fn health(&self) -> BTreeMap<LanguageId, CompileHealth> {
        if !self.cache.is_persistent() {
            return BTreeMap::new();
        }
        let identities = self.toolchains.identities().into_iter();
        let health = identities.map(|(id, toolchain)| {
            let lacks_header = self.toolchains.language(&id).is_ok_and(|language| {
                let identity = |language: &Language| self.toolchain_identity(language);
                self.headers.is_incomplete([language].into_iter(), identity)
            });
            (
                id,
                CompileHealth {
                    toolchain,
                    lacks_header,
                },
            )
        });
        health.collect()
    }

    pub(crate) fn open_folders(&mut self, folders: &CacheFolders) -> Result<(), EngineError> {
        self.open_cache(&folders.compiled, folders.max_bytes)?;
        match &folders.headers {
            Some(folder) => self.headers.open(folder),
            None => Ok(()),
        }
    }

    fn open_cache(&mut self, folder: &Path, max_bytes: u64) -> Result<(), EngineError> {
        let opened = self.cache.open(folder.to_owned(), max_bytes);
        opened.map_err(|source| EngineError::Io {
            doing: "opening the compile cache",
            source,
        })
    }

    /// Compiles at normal priority.
    pub(crate) fn compile(
        &self,
        language: &Language,
        sources: &Sources,
        bounds: CompileBounds,
    ) -> Result<Compilation, EngineError> {
        self.compile_at(Priority::Normal, language, sources, bounds)
    }

    pub(crate) fn compile_at(
        &self,
        priority: Priority,
        language: &Language,
        sources: &Sources,
        bounds: CompileBounds,
    ) -> Result<Compilation, EngineError> {
        let settings = CompileSettings::of_bounds(bounds);
        self.compile_with(priority, language, sources, &settings)
    }

    pub(crate) fn compile_with(
        &self,
        priority: Priority,
        language: &Language,
        sources: &Sources,
        settings: &CompileSettings<'_>,
    ) -> Result<Compilation, EngineError> {
        let priority = Arc::new(RunPriority::new(priority));
        let program = sources.assemble(language)?;
        let commands = dialect_commands(language, &program, settings.options);
        let environment = environment(language, Stage::Compile);
        let limits = settings.limits(language);
        let job = CompileJob {
            language,
            program: &program,
            commands: &commands,
            environment: &environment,
            priority: &priority,
            cancel: settings.cancel,
        };
        let material = KeyMaterial {
            language,
            commands: &commands,
            environment: &environment,
            sources,
            limits: &limits,
            toolchain: self.toolchain_identity(language),
        };
        // A persistent entry must name its toolchain.
        let is_unidentified = self.cache.is_persistent() && material.toolchain.is_none();
        let mut cached = true;
        let mut compile = || {
            cached = false;
            self.run_dialects(&job, &limits)
        };
        let compiled = if is_unidentified {
            self.cache.count_unidentified();
            Arc::new(compile()?)
        } else {
            let claim = FlightClaim {
                priority: &priority,
                cancel: settings.cancel,
            };
            self.cache.get_or_compile(material.key(), claim, || {
                let mut compiled = compile()?;
                // It may be of another toolchain, or of parts of both.
                compiled.cacheable &= self.toolchain_identity(language) == material.toolchain;
                Ok::<_, EngineError>(compiled)
            })?
        };
        Ok(Compilation {
            cached,
            ..Compilation::new(language, program, compiled)
        })
    }

    /// Returns the toolchain's identity where something outlives this process; `None` also where it
    /// can't be determined.
    fn toolchain_identity(&self, language: &Language) -> Option<blake3::Hash> {
        if !self.cache.is_persistent() {
            return None;
        }
        self.toolchains.identity(language)
    }

    /// Compiles in one dialect after the other, until the compiler accepts the program.
    fn run_dialects(
        &self,
        job: &CompileJob<'_>,
        limits: &RunLimits,
    ) -> Result<CompiledProgram, EngineError> {
        let language = job.language;
        let mut limits = limits.clone();
        let mut rejection: Option<(String, StageReport)> = None;
        let mut cacheable = true;
        for command in job.commands {
            let result = self.run_compiler(job, command, limits.clone())?;
            EngineError::check_cancelled(job.cancel)?;
            let (outcome, usage) = (result.outcome, result.usage);
            if outcome == Outcome::SUCCESS {
                return Ok(accepted(language, result));
            }
            let stage = failed_stage(result, &limits);
            let failure = compiler_output(&stage);
            limits.cpu_time = limits.cpu_time.saturating_sub(usage.cpu_time);
            let charged = usage.wall_time.saturating_sub(usage.starved_time);
            limits.wall_time = limits.wall_time.saturating_sub(charged);
            let has_time = limits.cpu_time.min(limits.wall_time) > usage.cpu_time;
            cacheable &= is_rejection(outcome, &failure) && has_time;
            rejection = Some(match rejection {
                Some(before) if !has_only_some_errors_of(&failure, &before.0) => before,
                _ => (failure, stage),
            });
            if !cacheable {
                break;
            }
        }
        let (mut message, mut stage) = rejection.unzip();
        let hints = language.hints_for(message.as_deref().unwrap_or_default());
        message.get_or_insert_default().push_str(&hints);
        if let Some(stage) = &mut stage {
            stage.stderr.0.extend(hints.into_bytes());
        }
        Ok(CompiledProgram {
            message: message.unwrap_or_default(),
            stage,
            result: CompileResult::Rejected,
            cacheable,
        })
    }

    fn run_compiler(
        &self,
        job: &CompileJob<'_>,
        command: &[String],
        limits: RunLimits,
    ) -> Result<RunResult, EngineError> {
        let language = job.language;
        let mut argv = command.to_owned();
        let options = self
            .headers
            .options(language, || self.toolchain_identity(language));
        put_in(&mut argv, PRECOMPILED, &options);
        let output = language.compile.output.iter();
        let collect = output.map(|name| CollectFile {
            name,
            max_bytes: MAX_ARTIFACT_BYTES,
        });
        let files = job.program.files.iter();
        Ok(self.executor.run(RunRequest {
            profile: &Stage::Compile.profile(&language.id),
            stage: Stage::Compile,
            limits,
            program: ProgramSource::Path(&language.compile.command[0]),
            argv,
            env: job.environment.to_owned(),
            stdin: StreamTarget::Null,
            stdout: StreamTarget::Captured,
            stderr: StreamTarget::Captured,
            files: files.map(WorkspaceFile::as_input).collect(),
            collect: collect.collect(),
            raisable_priority: Some(job.priority),
            cancel: job.cancel,
        })?)
    }
}

/// One program for a compiler.
struct CompileJob<'a> {
    language: &'a Language,
    program: &'a AssembledProgram,
    commands: &'a [Vec<String>],
    environment: &'a [(String, String)],
    priority: &'a RunPriority,
    cancel: Option<&'a CancelToken>,
}

fn accepted(language: &Language, mut result: RunResult) -> CompiledProgram {
    let artifact = result.collected.drain(..).next().flatten();
    let mut stage = compiler_stage(result);
    let mut message = compiler_output(&stage);
    let result = match (&language.compile.output, artifact.filter(is_runnable)) {
        (None, _) => CompileResult::Checked,
        (Some(_), Some(artifact)) => CompileResult::Program(artifact),
        (Some(_), None) => {
            let reason = "the compiler made no static executable of an acceptable size\n";
            message.push_str(reason);
            stage.stderr.0.extend(reason.bytes());
            CompileResult::Rejected
        }
    };
    CompiledProgram {
        message,
        stage: Some(stage),
        result,
        cacheable: true,
    }
}

fn is_runnable(artifact: &Artifact) -> bool {
    artifact
        .open()
        .is_ok_and(|file| is_static_executable(&file))
}
