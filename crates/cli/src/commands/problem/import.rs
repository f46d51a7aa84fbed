use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use letscode_judge::Calibration;
use letscode_languages::LanguageRegistry;
use letscode_package::{CALIBRATED_FILE, Package, TimeLimitProvenance};
use letscode_store::{PostgresStore, SqliteStore, Store};

use crate::commands::service::args::about_database;
use crate::data_folder;
use crate::error::CliError;
use crate::input::{OpenedPackage, engine, open_package};
use crate::languages::LanguageArgs;
use crate::layers::IsolationArgs;
use letscode_sandbox::Isolation;

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
    /// The data folder of `letscode serve`
    #[arg(
        long,
        value_name = "DIR",
        default_value = "./data",
        env = "LETSCODE_DATA"
    )]
    data: PathBuf,
    /// Import into this PostgreSQL database instead
    #[arg(
        long,
        value_name = "URL",
        env = "LETSCODE_DATABASE",
        hide_env_values = true
    )]
    database: Option<String>,
    #[command(flatten)]
    languages: LanguageArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
}

impl ImportArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        // All packages are read before the first is imported, so that a bad one changes nothing.
        let languages = self.languages.read()?;
        let opened: Vec<OpenedPackage> = self
            .paths
            .iter()
            .map(|path| open_package(path, &languages))
            .collect::<Result<_, _>>()?;
        // Before the rights to make cells are dropped.
        let calibrated = calibrate(&opened, &languages, self.isolation.isolation())?;
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
        for (folder, text) in staged.iter().zip(&calibrated) {
            if let Some(text) = text {
                std::fs::write(folder.join(CALIBRATED_FILE), text).map_err(CliError::new)?;
            }
        }
        drop(opened);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(CliError::new)?;
        match &self.database {
            Some(url) => runtime.block_on(async {
                let unused = tempfile::tempdir().map_err(CliError::new)?;
                let store = PostgresStore::open(url, unused.path(), 0).await;
                import(&store.map_err(about_database)?, &staged, &languages).await
            }),
            None => {
                data_folder::hand_staged_over(staging.path(), &self.data).map_err(CliError::new)?;
                let data = data_folder::enter(&self.data)?;
                runtime.block_on(async {
                    import(&SqliteStore::open(&data).await?, &staged, &languages).await
                })
            }
        }
    }
}

/// Returns the contents of [`CALIBRATED_FILE`] for each package that states no time limit.
fn calibrate(
    opened: &[OpenedPackage],
    languages: &LanguageRegistry,
    isolation: Isolation,
) -> Result<Vec<Option<String>>, CliError> {
    let lacks_limit = |opened: &OpenedPackage| {
        let provenance = opened.package.limits.time.provenance;
        provenance == TimeLimitProvenance::Default && !opened.package.submissions.is_empty()
    };
    if !opened.iter().any(lacks_limit) {
        return Ok(vec![None; opened.len()]);
    }
    let engine = engine(languages.clone(), isolation)?;
    let text = |opened: &OpenedPackage| {
        let text = engine
            .jury()
            .calibrate(&opened.package)?
            .map(|calibration| {
                let seconds = calibration.time_limit.as_secs_f64();
                let Calibration {
                    slowest,
                    submission,
                    ..
                } = calibration;
                format!("{seconds}\nslowest accepted solution: {submission}, {slowest:.1} ms\n")
            });
        if text.is_none() && lacks_limit(opened) {
            let id = &opened.package.id;
            eprintln!("warning: {id}: no time limit, and no accepted solution to measure: 2 s");
        }
        Ok(text)
    };
    opened.iter().map(text).collect()
}

/// Prints a warning for each part of a statement that can't be shown as its author meant it.
fn warn_of_statements(package: &Package) {
    for statement in &package.statements {
        let rendered = letscode_statement::render(&letscode_statement::StatementSource {
            statement: Some(statement),
            title: &package.title,
            samples: &[],
            files: &package.statement_files,
            files_url: "",
        });
        let (id, language) = (&package.id, &statement.language);
        for warning in rendered.warnings {
            eprintln!("warning: {id}: statement ({language}): {warning}");
        }
    }
}

async fn import(
    store: &dyn Store,
    folders: &[PathBuf],
    languages: &LanguageRegistry,
) -> Result<ExitCode, CliError> {
    for folder in folders {
        let package = Package::load(folder, languages)?;
        store
            .import_problem(&package.dir, &package.detail())
            .await?;
        let tests = package.data.tests.len();
        warn_of_statements(&package);
        let time = package.limits.time;
        println!(
            "{}: {}, {tests} tests, {} s ({})",
            package.id,
            package.title,
            time.duration.as_secs_f64(),
            time.provenance.describe()
        );
    }
    Ok(ExitCode::SUCCESS)
}
