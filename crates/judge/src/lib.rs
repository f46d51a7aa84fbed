//! Problem package and source in, verdict out.
//!
//! ```text
//!  jury       a package's own solutions: verified, and measured for a time limit
//!    │
//!  judging    one evaluation: groups, tests, speculative runs, cores
//!    │
//!  check      is an output right? default checker, the package's validators
//!    │
//!  compile    sources → something to run, once for all equal sources
//!    │
//!  toolchain  languages as they are on this machine
//!    │
//!  verdict    all verdict rules (pure)
//!    │
//!  execute    runs one program, or two that talk; `jail.rs` alone names the sandbox
//! ```
//!
//! A room uses only those below it. [`Engine`] is the door to all of them. `docs/JUDGING.md` has the
//! rules.
//!
//! Everything here blocks and reads from top to bottom; callers that want concurrency use several
//! threads. Only speculative runs start threads, and they change no result. Absent on purpose: no
//! async, no database, no queue, no HTTP, and no system call that makes a namespace (that is the
//! sandbox's).

mod check;
mod compile;
mod error;
mod execute;
mod judging;
mod jury;
mod toolchain;
mod verdict;

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use letscode_languages::LanguageRegistry;
use letscode_model::{
    Judgement, LanguageId, LimitCaps, RunBounds, RunReport, RunSpec, SnippetReport, WatchMode,
};

pub use check::checker::{CheckerArgsError, DefaultChecker, Difference, DifferenceKind};
pub use compile::cache::CompileCounts;
pub use compile::compiler::{CacheFolders, CompileHealth, Compiler};
pub use compile::sources::Sources;
pub use error::{DeniedCheck, EngineError};
pub use execute::cancel::CancelToken;
pub use execute::error::ExecutorError;
pub use execute::files::Artifact;
pub use execute::jail::{HelperCommand, Isolation, Jail, policy_version};
pub use execute::priority::Priority;
pub use execute::result::{Outcome, ResourceUsage, RunResult};
pub use judging::evaluation::{
    DraftCompilation, Evaluation, EventSink, JudgeEvent, ProgramOutput, TestReport, Thoroughness,
};
pub use judging::program::ReadyProgram;
pub use jury::Jury;
pub use jury::calibrate::{Calibration, CalibrationOptions};
pub use jury::verify::{SubmissionReport, VerifyReport};
pub use toolchain::{IdentityReport, Toolchains};
pub use verdict::combine::icpc_code;
pub use verdict::judgement::internal_error;

use execute::Executor;
use execute::capped::CappedExecutor;
use execute::jail::JailExecutor;
use judging::context::JudgeContext;
use judging::cores::CorePool;
use toolchain::LocatedToolchains;

/// Judges on this machine. Shared by all threads that do.
#[derive(Debug)]
pub struct Engine {
    context: JudgeContext,
    jail: Arc<JailExecutor>,
    watch: WatchMode,
}

/// Settings of an engine.
#[derive(Debug)]
pub struct EngineConfig {
    pub helper: HelperCommand,
    pub languages: LanguageRegistry,
    pub isolation: Isolation,
    /// Limits that no program exceeds, whatever its package says.
    pub caps: LimitCaps,
    /// Folder of precompiled headers, which compile cells see. For a service that opens it later
    /// with [`Engine::open_folders`], perhaps with fewer rights.
    pub headers: Option<PathBuf>,
    /// Supervision of submissions and ad-hoc runs.
    pub watch: WatchMode,
}

impl Engine {
    /// Locates the toolchains and starts the jail helper with their cells' profiles.
    ///
    /// A missing toolchain is no error: the others work without it.
    pub fn start(config: EngineConfig) -> Result<Engine, EngineError> {
        let headers = config.headers.as_deref();
        let (located, profiles) = LocatedToolchains::locate(config.languages, headers);
        let jail = JailExecutor::start(config.helper, profiles, config.isolation, config.watch)?;
        let jail = Arc::new(jail);
        let executor: Arc<dyn Executor> = Arc::new(CappedExecutor {
            executor: jail.clone(),
            caps: config.caps,
        });
        let toolchains = Arc::new(Toolchains::new(executor.clone(), located));
        let compiler = Compiler::new(executor.clone(), toolchains.clone());
        let core_count = std::thread::available_parallelism().map_or(1, usize::from);
        let context = JudgeContext {
            executor,
            toolchains,
            compiler,
            cores: CorePool::new(core_count),
            caps: config.caps,
        };
        Ok(Engine {
            context,
            jail,
            watch: config.watch,
        })
    }

    /// Opens folders that keep compiled programs and headers beyond this process.
    pub fn open_folders(&mut self, folders: &CacheFolders) -> Result<(), EngineError> {
        self.context.compiler.open_folders(folders)
    }

    /// The languages of this machine.
    pub fn toolchains(&self) -> &Toolchains {
        &self.context.toolchains
    }

    /// The compiler and its cache.
    pub fn compiler(&self) -> &Compiler {
        &self.context.compiler
    }

    /// The jail whose cells run everything.
    pub fn jail(&self) -> &Jail {
        self.jail.jail()
    }

    /// Supervision of submissions and ad-hoc runs.
    pub fn watch(&self) -> WatchMode {
        self.watch
    }

    /// Judges a submission completely. An error means that it could not be judged: the caller records
    /// an Internal Error, or reports it.
    ///
    /// Tests may run speculatively on idle cores; the judgement and the events are those of running
    /// them one by one.
    pub fn judge(
        &self,
        evaluation: &Evaluation<'_>,
        events: &mut EventSink<'_>,
    ) -> Result<Judgement, EngineError> {
        judging::judge::judge(&self.context, evaluation, events)
    }

    /// Compiles a program that may be submitted soon, at low priority and on an idle core. Returns
    /// `None` if it did not: no core is idle, or the language is interpreted.
    pub fn compile_speculatively(
        &self,
        evaluation: &Evaluation<'_>,
    ) -> Result<Option<DraftCompilation>, EngineError> {
        judging::judge::compile_speculatively(&self.context, evaluation)
    }

    /// Compiles a program once and runs it on all its tests, within the operator's bounds.
    ///
    /// Mistakes of the request, of its checker, and errors of the sandbox are part of the report. An
    /// error means that the language is not available, or that it was cancelled; if a test was denied a
    /// call before that, there is a report of the tests so far.
    pub fn run(
        &self,
        spec: &RunSpec,
        bounds: &RunBounds,
        priority: Priority,
        cancel: &CancelToken,
    ) -> Result<RunReport, EngineError> {
        judging::run::run(&self.context, spec, bounds, priority, cancel)
    }

    /// Compiles and runs ad-hoc code once. The input is read to its end, into an anonymous file.
    ///
    /// An error means that the language is not available or the input can't be read; an error of the
    /// sandbox is part of the report.
    pub fn run_snippet(
        &self,
        language: &LanguageId,
        source: &[u8],
        input: impl Read,
        priority: Priority,
    ) -> Result<SnippetReport, EngineError> {
        judging::snippet::run_snippet(&self.context, language, source, input, priority)
    }

    /// Compiles a program that is then run any number of times.
    pub fn prepare_program(
        &self,
        language: &LanguageId,
        source: &[u8],
    ) -> Result<ReadyProgram<'_>, EngineError> {
        judging::program::prepare_program(&self.context, language, source)
    }

    /// Work with the solutions of a package's own jury.
    pub fn jury(&self) -> Jury<'_> {
        Jury::new(&self.context)
    }
}

/// Runs an empty program in each language that should have a warm interpreter, after which
/// [`Toolchains::cold_interpreters`] names those that don't start.
pub fn exercise_interpreters(engine: &Engine) {
    for language in engine.toolchains().warm_languages() {
        // The first run may be started without a warm interpreter.
        for _ in 0..2 {
            let _ = engine.run_snippet(language, b"", std::io::empty(), Priority::Normal);
        }
    }
}
