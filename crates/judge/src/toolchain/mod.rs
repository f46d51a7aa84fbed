//! Languages as they are on this machine: located, identified, with their versions.
//!
//! `letscode_languages` describes a language for every machine. `find` and `locate` look for its
//! toolchain here, `adapt` fits its commands and limits, `identity` notices when another toolchain
//! is installed, `interpreters` describes those that wait in cells.

pub(crate) mod adapt;
pub(crate) mod environment;
mod find;
mod identity;
mod interpreters;
pub(crate) mod locate;
mod probe;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use letscode_languages::{Language, LanguageRegistry, Stage};
use letscode_model::{LanguageId, LanguageInfo, LanguageStatus};

use crate::error::EngineError;
use crate::execute::Executor;
use crate::execute::jail::CellProfile;
use adapt::{settle_linker, with_extras};
pub use identity::IdentityReport;
use identity::{ToolchainFiles, ToolchainWatches};
use locate::{LocateError, locate};
use probe::probe_version;

/// Languages of this machine, those whose toolchain is missing included.
#[derive(Debug)]
pub struct Toolchains {
    executor: Arc<dyn Executor>,
    located: LocatedToolchains,
}

/// Toolchains before there is an executor: its cells are made from what was located.
#[derive(Debug)]
pub(crate) struct LocatedToolchains {
    registry: LanguageRegistry,
    available: BTreeMap<LanguageId, LocalToolchain>,
    missing: BTreeMap<LanguageId, MissingToolchain>,
    /// Installation hints that would make judging faster.
    advice: Vec<String>,
}

#[derive(Debug)]
struct LocalToolchain {
    language: Language,
    compiler_files: ToolchainFiles,
}

#[derive(Debug)]
struct MissingToolchain {
    language: Language,
    reason: LocateError,
}

impl LocatedToolchains {
    /// Locates all toolchains, and returns the profiles of their cells too. `headers` is the
    /// service's folder of precompiled headers.
    pub fn locate(
        registry: LanguageRegistry,
        headers: Option<&Path>,
    ) -> (LocatedToolchains, Vec<CellProfile>) {
        let languages = registry.clone().into_languages();
        let mut located = LocatedToolchains {
            registry,
            available: BTreeMap::new(),
            missing: BTreeMap::new(),
            advice: Vec::new(),
        };
        let mut all_profiles = Vec::new();
        let watches = ToolchainWatches::new();
        for language in languages {
            let mut language = with_extras(language);
            let faster_linker = settle_linker(&mut language);
            match locate(&language, headers) {
                Ok(profiles) => {
                    located.advice.extend(faster_linker);
                    let files = compiler_files(&language, &profiles, &watches);
                    if headers.is_some() {
                        files.scan_now();
                    }
                    located.add(language, files);
                    all_profiles.extend(profiles);
                }
                Err(reason) => {
                    let id = language.id.clone();
                    let missing = MissingToolchain { language, reason };
                    located.missing.insert(id, missing);
                }
            }
        }
        (located, all_profiles)
    }

    fn add(&mut self, language: Language, compiler_files: ToolchainFiles) {
        let id = language.id.clone();
        let toolchain = LocalToolchain {
            language,
            compiler_files,
        };
        self.available.insert(id, toolchain);
    }
}

/// Returns the files that a language's compile cells see.
fn compiler_files(
    language: &Language,
    profiles: &[CellProfile],
    watches: &ToolchainWatches,
) -> ToolchainFiles {
    let name = Stage::Compile.profile(&language.id);
    let profile = profiles.iter().find(|profile| profile.name == name);
    let parts = profile.map_or(&[][..], |profile| &profile.root);
    ToolchainFiles::new(parts, watches)
}

impl Toolchains {
    pub(crate) fn new(executor: Arc<dyn Executor>, located: LocatedToolchains) -> Toolchains {
        Toolchains { executor, located }
    }

    /// Returns all languages as their files describe them, also those whose toolchain is missing.
    pub fn registry(&self) -> &LanguageRegistry {
        &self.located.registry
    }

    /// Returns a language whose toolchain is installed.
    pub fn language(&self, id: &LanguageId) -> Result<&Language, EngineError> {
        let (available, missing) = (&self.located.available, &self.located.missing);
        if let Some(toolchain) = available.get(id) {
            return Ok(&toolchain.language);
        }
        Err(match missing.get(id) {
            Some(missing) => EngineError::MissingToolchain {
                language: missing.language.name.clone(),
                reason: missing.reason.to_string(),
            },
            None => {
                let ids = available.keys().chain(missing.keys());
                let ids: Vec<&str> = ids.map(LanguageId::as_str).collect();
                EngineError::UnknownLanguage(id.clone(), ids.join(", "))
            }
        })
    }

    /// Returns the languages whose toolchain is installed.
    pub(crate) fn available(&self) -> impl Iterator<Item = &Language> {
        let available = self.located.available.values();
        available.map(|toolchain| &toolchain.language)
    }

    /// Returns all languages with their versions. Each toolchain is run once, in a cell.
    pub fn probe(&self) -> Vec<LanguageInfo> {
        let available = self.available().map(|language| {
            let version = probe_version(&*self.executor, language);
            match version {
                Ok(version) => {
                    language.info(LanguageStatus::Available, version, language.missing_parts())
                }
                Err(reason) => {
                    let detail = format!("{reason}; {}", language.install);
                    language.info(LanguageStatus::Missing, String::new(), Some(detail))
                }
            }
        });
        let missing = self.located.missing.values().map(|missing| {
            let detail = Some(missing.reason.to_string());
            let status = LanguageStatus::Missing;
            missing.language.info(status, String::new(), detail)
        });
        let mut all: Vec<LanguageInfo> = available.chain(missing).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// Returns installation hints that would make judging faster.
    pub fn advice(&self) -> &[String] {
        &self.located.advice
    }

    /// Makes cells of every language wait for `runs` programs at once, so that the first programs
    /// start without delay. Cells that are not used go again.
    pub fn warm_up(&self, runs: usize) -> Result<(), EngineError> {
        self.available()
            .try_for_each(|language| self.prepare_cells(language, runs))
    }

    /// Does the same for one language. Cells that wait already stay.
    pub fn warm_up_language(&self, id: &LanguageId, runs: usize) -> Result<(), EngineError> {
        self.prepare_cells(self.language(id)?, runs)
    }

    fn prepare_cells(&self, language: &Language, runs: usize) -> Result<(), EngineError> {
        let compile = Stage::Compile.profile(&language.id);
        self.executor.prepare(&compile, 1)?;
        let run = Stage::Run.profile(&language.id);
        Ok(self.executor.prepare(&run, runs)?)
    }

    /// Returns the languages that should have a warm interpreter.
    pub fn warm_languages(&self) -> impl Iterator<Item = &LanguageId> {
        let warm = self
            .available()
            .filter(|language| language.run.warm.is_some());
        warm.map(|language| &language.id)
    }

    /// Returns the languages whose interpreters should wait in cells and don't, with the reasons:
    /// their programs run all the same, each with an interpreter of its own.
    pub fn cold_interpreters(&self) -> BTreeMap<LanguageId, String> {
        let cold = self.executor.info().cold_interpreters.into_iter();
        let by_language = cold.filter_map(|(profile, reason)| {
            let stages = [Stage::Run, Stage::Validate];
            let has_profile = |language: &&Language| {
                let mut names = stages.iter().map(|stage| stage.profile(&language.id));
                names.any(|name| name == profile)
            };
            let language = self.available().find(has_profile)?;
            Some((language.id.clone(), reason))
        });
        by_language.collect()
    }

    /// Returns the identity of a language's compiler; `None` where it can't be determined. After a
    /// change all cells are made anew: they may hold files of before.
    pub(crate) fn identity(&self, language: &Language) -> Option<blake3::Hash> {
        let toolchain = self.located.available.get(&language.id)?;
        toolchain.compiler_files.identity(|is_changed| {
            if is_changed {
                self.executor.renew_cells();
            }
            probe_version(&*self.executor, language)
        })
    }

    /// Returns the identity of a language's toolchain as text; `None` where it can't be determined.
    pub fn identity_text(&self, language: &LanguageId) -> Option<String> {
        let identity = self.identity(self.language(language).ok()?)?;
        Some(identity.to_hex().to_string())
    }

    /// Determines the identities of all compilers, and returns what came of it.
    pub fn identities(&self) -> BTreeMap<LanguageId, IdentityReport> {
        let available = self.located.available.iter();
        let reports = available.map(|(id, toolchain)| {
            self.identity(&toolchain.language);
            (id.clone(), toolchain.compiler_files.report())
        });
        reports.collect()
    }
}
