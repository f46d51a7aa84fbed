use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use letscode_import::{ImportMode, ImportedProblem, MeasuredLimit, OpenedPackage, import_folder};
use letscode_languages::LanguageRegistry;
use letscode_model::{AuditEvent, LimitCaps};
use letscode_sandbox::Isolation;

use super::location::{OpenedLocation, StoreLocation};
use crate::calibrator::EngineCalibrator;
use crate::caps::CapArgs;
use crate::data_folder;
use crate::error::CliError;
use crate::input::{engine, open_package, warn};
use crate::languages::LanguageArgs;
use crate::layers::IsolationArgs;

/// Import problem packages into the store.
///
/// Packages in the Kattis/ICPC format, and those of Polygon, DMOJ and Hydro, which are converted. The
/// problem's id is the package folder's name (a flat zip: the zip's name). Importing again
/// replaces the problem; submissions that are being judged finish with the old data. Where a package
/// states no time limit, its accepted solutions are measured and the limit is stored with it.
#[derive(Args)]
#[command(after_help = "Example:
  letscode problem import --data ./data contest/*

Exit codes: 0 all are imported, 2 a package can't be read, and none is imported.")]
pub struct ImportArgs {
    /// Problem packages: folders or zips
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    location: StoreLocation,
    #[command(flatten)]
    languages: LanguageArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
    #[command(flatten)]
    caps: CapArgs,
}

impl ImportArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        // All packages are read before the first is imported, so that a bad one changes nothing.
        let (languages, caps) = (self.languages.read()?, self.caps.caps());
        let mut opened: Vec<OpenedPackage> = self
            .paths
            .iter()
            .map(|path| open_package(path, &languages, caps))
            .collect::<Result<_, _>>()?;
        // Before the rights to make cells are dropped.
        let limits = measure_limits(&mut opened, &languages, self.isolation.isolation(), caps)?;
        // The store is written as the owner of the data folder, who may not be able to read our files.
        let staging = tempfile::tempdir().map_err(CliError::new)?;
        let staged: Vec<PathBuf> = opened
            .iter()
            .enumerate()
            // A folder each, because two packages may have the same name.
            .map(|(index, opened)| {
                data_folder::stage(&opened.package.dir, &staging.path().join(index.to_string()))
            })
            .collect::<Result<_, _>>()
            .map_err(CliError::new)?;
        for (folder, limit) in staged.iter().zip(&limits) {
            if let Some(limit) = limit {
                limit.write_into(folder).map_err(CliError::new)?;
            }
        }
        drop(opened);
        if self.location.database.is_none() {
            data_folder::hand_staged_over(staging.path(), &self.location.data)
                .map_err(CliError::new)?;
        }
        let OpenedLocation { store, runtime, .. } = &self.location.open_or_create()?;
        for folder in staged {
            let mode = ImportMode::Replace;
            let imported = import_folder(&**store, folder, languages.clone(), mode);
            let imported = runtime.block_on(imported)?;
            let event = imported.audit_event(AuditEvent::OPERATOR);
            runtime.block_on(store.record_audit(&event))?;
            show(&imported);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Measures a time limit for each package that states none.
fn measure_limits(
    opened: &mut [OpenedPackage],
    languages: &LanguageRegistry,
    isolation: Isolation,
    caps: LimitCaps,
) -> Result<Vec<Option<MeasuredLimit>>, CliError> {
    if !opened.iter().any(OpenedPackage::needs_limit) {
        return Ok(vec![None; opened.len()]);
    }
    let calibrator = EngineCalibrator::new(engine(languages.clone(), isolation, caps)?);
    let measure = |opened: &mut OpenedPackage| {
        let known = opened.warnings.len();
        let measured = opened.measure_limit(&calibrator);
        let measured = measured.map_err(|error| {
            CliError::new(error).with_help("`letscode doctor` says what this machine lacks")
        })?;
        warn(opened.package.id.as_str(), &opened.warnings[known..]);
        Ok(measured)
    };
    opened.iter_mut().map(measure).collect()
}

fn show(problem: &ImportedProblem) {
    let summary = &problem.summary;
    warn(summary.id.as_str(), &problem.warnings);
    println!(
        "{}: {}, {} tests, {} s ({})",
        summary.id,
        summary.title,
        summary.total_tests,
        summary.time_limit / 1000.0,
        problem.time_limit_from
    );
}
