use std::path::{Path, PathBuf};

use letscode_languages::LanguageRegistry;
use letscode_model::{AuditAction, AuditEvent, ProblemSummary};
use letscode_package::Package;
use letscode_statement::StatementSource;
use letscode_store::{PackageDigest, Store};

use crate::error::ImportError;

/// Reaction to a problem of the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// [`ImportError::Exists`].
    Add,
    Replace,
}

/// A problem that is in the store now.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedProblem {
    pub summary: ProblemSummary,
    pub version: PackageDigest,
    /// True if there was a problem of the same id.
    pub is_replaced: bool,
    /// Number of its tests that are public.
    pub sample_tests: u32,
    /// Source of the time limit, for people.
    pub time_limit_from: String,
    /// Parts of the statements that can't be shown as their author meant them.
    pub warnings: Vec<String>,
}

impl ImportedProblem {
    /// Returns the event for the audit log.
    pub fn audit_event(&self, actor: &str) -> AuditEvent {
        let action = if self.is_replaced {
            AuditAction::ProblemReplaced
        } else {
            AuditAction::ProblemAdded
        };
        AuditEvent::new(action, actor)
            .on(self.summary.id.as_str())
            .with("version", &self.version)
    }
}

/// Imports the package in a folder that has the problem's id as its name.
pub async fn import_folder(
    store: &dyn Store,
    folder: PathBuf,
    languages: LanguageRegistry,
    mode: ImportMode,
) -> Result<ImportedProblem, ImportError> {
    // Reading a package and rendering its statements would hold up everything else.
    let read = move || -> Result<(Package, Vec<String>), ImportError> {
        let package = Package::load(&folder, &languages)?;
        let warnings = statement_warnings(&package);
        Ok((package, warnings))
    };
    let (package, warnings) = match tokio::task::spawn_blocking(read).await {
        Ok(read) => read?,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    };
    let detail = package.detail();
    let dir: &Path = &package.dir;
    let is_replaced = store.problem(&detail.summary.id).await?.is_some();
    let version = match mode {
        ImportMode::Add => store.add_problem(dir, &detail).await?,
        ImportMode::Replace => store.import_problem(dir, &detail).await?,
    };
    Ok(ImportedProblem {
        summary: detail.summary,
        is_replaced,
        sample_tests: count_samples(&package),
        version,
        time_limit_from: detail.time_limit_from,
        warnings,
    })
}

fn count_samples(package: &Package) -> u32 {
    let samples = package.data.tests.iter().filter(|test| test.is_sample);
    u32::try_from(samples.count()).unwrap_or(u32::MAX)
}

fn statement_warnings(package: &Package) -> Vec<String> {
    let mut warnings = Vec::new();
    for statement in &package.statements {
        let rendered = letscode_statement::render(&StatementSource {
            statement: Some(statement),
            title: &package.title,
            samples: &[],
            files: &package.statement_files,
            files_url: "",
        });
        let language = &statement.language;
        let texts = rendered.warnings.iter();
        warnings.extend(texts.map(|warning| format!("statement ({language}): {warning}")));
    }
    warnings
}
