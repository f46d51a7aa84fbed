use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use letscode_languages::LanguageRegistry;
use letscode_model::{LanguageId, LanguageInfo, LanguageStatus};
use letscode_sandbox::{
    HelperInfo, Isolation, Jail, JailConfig, Limits, Outcome, ProgramSource, RunRequest,
    SandboxError, StdStream,
};

use crate::check::checker::CheckerArgsError;
use crate::compile::cache::{CompileCache, CompileCounts};
use crate::compile::headers::Headers;
use crate::judging::cores::Cores;
use crate::language::{
    Language, LocateError, Stage, Toolchain, locate, settle_linker, with_extras,
};

/// Everything that is needed to judge on this machine. Shared by all threads that do.
#[derive(Debug)]
pub struct Engine {
    languages: LanguageRegistry,
    pub(crate) jail: Jail,
    available: BTreeMap<LanguageId, Language>,
    missing: BTreeMap<LanguageId, (Language, LocateError)>,
    toolchains: BTreeMap<LanguageId, Toolchain>,
    pub(crate) cache: CompileCache,
    pub(crate) headers: Headers,
    /// What would make judging faster here.
    advice: Vec<String>,
    pub(crate) cores: Cores,
}

/// The program that becomes the jail helper.
#[derive(Debug, Clone)]
pub struct HelperCommand {
    pub program: PathBuf,
    pub args: Vec<String>,
}

/// Why something could not be judged. Never the submitted program's fault.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("unknown language `{0}`; known are {1}")]
    UnknownLanguage(LanguageId, String),
    #[error("the {language} toolchain is missing on this machine: {reason}")]
    MissingToolchain {
        language: String,
        reason: LocateError,
    },
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error("{path}: {source}")]
    TestData {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{test}: {error}")]
    CheckerArgs {
        test: String,
        error: CheckerArgsError,
    },
    #[error("{0}")]
    Unsupported(String),
    /// The package's own program failed: its author has to mend it.
    #[error("output validator {path}{test}: {reason}")]
    Validator {
        path: String,
        /// Such as ` on secret/07`; empty when it is not about a test.
        test: String,
        reason: String,
    },
    #[error("while {doing}: {source}")]
    Io {
        doing: &'static str,
        source: std::io::Error,
    },
}

impl Engine {
    /// Finds the toolchains and starts the jail helper with their cells' profiles.
    ///
    /// A toolchain that is missing is no error here: the others work without it.
    pub fn start(
        helper: HelperCommand,
        languages: LanguageRegistry,
        isolation: Isolation,
    ) -> Result<Engine, EngineError> {
        Self::start_with_headers(helper, languages, isolation, None)
    }

    /// The same for a service, which may lose rights after this and keeps what was compiled: compile
    /// cells see `headers`, the folder of [`Engine::keep_headers`].
    pub fn start_with_headers(
        helper: HelperCommand,
        languages: LanguageRegistry,
        isolation: Isolation,
        headers: Option<&Path>,
    ) -> Result<Engine, EngineError> {
        let mut available = BTreeMap::new();
        let mut missing = BTreeMap::new();
        let mut toolchains = BTreeMap::new();
        let mut advice = Vec::new();
        let mut profiles = Vec::new();
        for language in languages.clone().into_languages() {
            let mut language = with_extras(language);
            let faster = settle_linker(&mut language);
            match locate(&language, headers) {
                Ok(found) => {
                    let compile = Stage::Compile.profile(&language.id);
                    let parts = found.iter().find(|profile| profile.name == compile);
                    let parts = parts.map_or_else(Vec::new, |profile| profile.root.clone());
                    let toolchain = Toolchain::new(parts);
                    if headers.is_some() {
                        toolchain.look_ahead();
                    }
                    toolchains.insert(language.id.clone(), toolchain);
                    profiles.extend(found);
                    advice.extend(faster);
                    available.insert(language.id.clone(), language);
                }
                Err(error) => {
                    missing.insert(language.id.clone(), (language, error));
                }
            }
        }
        let jail = Jail::start(JailConfig {
            helper: helper.program,
            helper_args: helper.args,
            profiles,
            isolation,
        })?;
        Ok(Engine {
            languages,
            jail,
            available,
            missing,
            toolchains,
            cache: CompileCache::default(),
            headers: Headers::default(),
            advice,
            cores: Cores::new(std::thread::available_parallelism().map_or(1, usize::from)),
        })
    }

    /// Returns the languages as their files describe them, also those whose toolchain is missing.
    pub fn languages(&self) -> &LanguageRegistry {
        &self.languages
    }

    /// Has cells of every language wait for `runs` programs at once, so that the first do not wait for
    /// theirs to be made. They go when nobody needs them.
    pub fn warm_up(&self, runs: usize) -> Result<(), EngineError> {
        for language in self.available.keys() {
            self.warm_up_language(language, runs)?;
        }
        Ok(())
    }

    /// The same for one language; cells that wait already stay as they are.
    pub fn warm_up_language(&self, id: &LanguageId, runs: usize) -> Result<(), EngineError> {
        let language = &self.language(id)?.id;
        self.jail.prepare(&Stage::Compile.profile(language), 1)?;
        Ok(self.jail.prepare(&Stage::Run.profile(language), runs)?)
    }

    /// Keeps what is compiled in a folder, too, which is made if need be and must belong to this
    /// process alone. The least recently used is removed when it is more than `max_bytes`.
    pub fn keep_compiled(&mut self, folder: &Path, max_bytes: u64) -> Result<(), EngineError> {
        let opened = self.cache.open(folder.to_owned(), max_bytes);
        opened.map_err(|source| EngineError::Io {
            doing: "opening the compile cache",
            source,
        })
    }

    /// How often something was compiled, and how often that was not needed.
    pub fn compile_counts(&self) -> CompileCounts {
        self.cache.counts()
    }

    /// What could be installed to make judging faster.
    pub fn advice(&self) -> &[String] {
        &self.advice
    }

    /// The languages that can be judged here.
    pub(crate) fn available(&self) -> impl Iterator<Item = &Language> {
        self.available.values()
    }

    /// Which very toolchain compiles; `None` where that can't be told. Asked for only where something
    /// outlives this process.
    pub(crate) fn toolchain_identity(&self, language: &Language) -> Option<blake3::Hash> {
        if !self.cache.is_lasting() {
            return None;
        }
        let toolchain = self.toolchains.get(&language.id)?;
        toolchain.identity(|| self.probe(language).ok())
    }

    /// The way to the jail helper.
    pub fn jail(&self) -> &Jail {
        &self.jail
    }

    /// What the jail helper is able to do here.
    pub fn helper_info(&self) -> &HelperInfo {
        self.jail.info()
    }

    /// The language, if it is known and its toolchain is here.
    pub fn language(&self, id: &LanguageId) -> Result<&Language, EngineError> {
        if let Some(language) = self.available.get(id) {
            return Ok(language);
        }
        match self.missing.get(id) {
            Some((language, reason)) => Err(EngineError::MissingToolchain {
                language: language.name.clone(),
                reason: reason.clone(),
            }),
            None => {
                let known = self.available.keys().chain(self.missing.keys());
                let known: Vec<&str> = known.map(LanguageId::as_str).collect();
                Err(EngineError::UnknownLanguage(id.clone(), known.join(", ")))
            }
        }
    }

    /// Asks every toolchain, inside a cell, for its version.
    pub fn probe_languages(&self) -> Vec<LanguageInfo> {
        let available = self
            .available
            .values()
            .map(|language| match self.probe(language) {
                Ok(version) => {
                    language.info(LanguageStatus::Available, version, language.missing_parts())
                }
                Err(reason) => {
                    let detail = format!("{reason}; {}", language.install);
                    language.info(LanguageStatus::Missing, String::new(), Some(detail))
                }
            });
        let missing = self.missing.values().map(|(language, reason)| {
            let detail = Some(reason.to_string());
            language.info(LanguageStatus::Missing, String::new(), detail)
        });
        let mut all: Vec<LanguageInfo> = available.chain(missing).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// The languages whose interpreters should wait in cells and do not, with the reasons: their
    /// programs are run all the same, each with an interpreter of its own.
    pub fn cold_interpreters(&self) -> BTreeMap<LanguageId, String> {
        let cold = self.jail.cold_interpreters().into_iter();
        let named = cold.filter_map(|(profile, why)| {
            let stages = [Stage::Run, Stage::Validate];
            let is_its = |id: &&LanguageId| stages.iter().any(|stage| stage.profile(id) == profile);
            let id = self.available.keys().find(is_its)?;
            Some((id.clone(), why.to_string()))
        });
        named.collect()
    }

    /// Has each interpreter that should wait in a cell fork itself once, for [`Engine::cold_interpreters`].
    pub fn try_interpreters(&self) {
        let warm = self
            .available()
            .filter(|language| language.run.warm.is_some());
        for language in warm {
            // The first one may be started without.
            for _ in 0..2 {
                let _ = self.run_snippet(&language.id, b"", std::io::empty());
            }
        }
    }

    fn probe(&self, language: &Language) -> Result<String, String> {
        let argv = language.probe.command.clone();
        let finished = self
            .jail
            .run(RunRequest {
                profile: &language.probe.stage.profile(&language.id),
                limits: Limits {
                    cpu_time: Duration::from_secs(10),
                    wall_time: Duration::from_secs(20),
                    output_bytes: 64 << 10,
                    ..Limits::default()
                },
                program: ProgramSource::Path(&language.probe.command[0]),
                argv,
                env: environment(language, Stage::Run),
                stdin: StdStream::Null,
                stdout: StdStream::Captured,
                stderr: StdStream::Captured,
                files: Vec::new(),
                collect: Vec::new(),
            })
            .map_err(|error| error.to_string())?;
        let mut text = String::new();
        if let Some(mut stdout) = finished.stdout {
            let _ = stdout.read_to_string(&mut text);
        }
        match (finished.outcome, text.lines().next()) {
            (Outcome::Exited { code: 0 }, Some(version)) => Ok(version.trim().to_owned()),
            (outcome, _) => Err(format!(
                "`{}` ended with {outcome:?} inside a cell",
                language.probe.command.join(" ")
            )),
        }
    }
}

/// The whole environment of a cell's program. Nothing of the host's is in it.
pub(crate) fn environment(language: &Language, stage: Stage) -> Vec<(String, String)> {
    let own = match stage {
        Stage::Compile => &language.compile.env,
        Stage::Run | Stage::Validate => &language.run.env,
    };
    let common = [
        ("PATH", "/usr/bin:/bin"),
        ("HOME", "/workspace"),
        ("TMPDIR", "/tmp"),
        ("LANG", "C.UTF-8"),
    ];
    let common = common
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    common.chain(own.clone()).collect()
}
