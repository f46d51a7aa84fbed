use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use letscode_judge::{SubmissionReport, VerifyReport, builtin_languages};
use letscode_package::Package;
use letscode_store::{SqliteStore, Store};

use super::{mebibytes, print_json};
use crate::data_folder;
use crate::fault::Fault;
use crate::input::{OpenedPackage, engine, open_package};

/// Check and import problem packages.
#[derive(Subcommand)]
pub enum Problem {
    Verify(Verify),
    Import(Import),
}

impl Problem {
    pub fn execute(self) -> Result<ExitCode, Fault> {
        match self {
            Problem::Verify(verify) => verify.execute(),
            Problem::Import(import) => import.execute(),
        }
    }
}

/// Judge every jury submission of some packages and say whether each got a verdict that its
/// folder allows.
///
/// Expectations come from the folder (accepted, wrong_answer, time_limit_exceeded,
/// run_time_error, …), from an @EXPECTED_RESULTS@ line in the source, or from submissions.yaml.
///
/// Exit code: 0 when all agree, 1 when one does not, 2 when a package can't be read.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode problem verify problems/*
  letscode problem verify --json contest/*.zip")]
pub struct Verify {
    /// Problem packages: folders or zips
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    /// Print one JSON object per package and line
    #[arg(long)]
    json: bool,
}

impl Verify {
    fn execute(self) -> Result<ExitCode, Fault> {
        // All are read before the first is judged: a typing error shows at once.
        let opened: Vec<OpenedPackage> = self
            .packages
            .iter()
            .map(|path| open_package(path))
            .collect::<Result<_, _>>()?;
        let packages: Vec<&Package> = opened.iter().map(|one| &one.package).collect();
        let total: usize = packages
            .iter()
            .map(|package| package.submissions.len())
            .sum();
        let engine = engine(builtin_languages()?)?;
        let bar = progress_bar(total as u64);
        let mut reports = Vec::new();
        for package in packages {
            let report = engine.verify(
                package,
                |submission| bar.set_message(format!("{} {}", package.id, submission.path)),
                |_| bar.inc(1),
            );
            if self.json {
                bar.suspend(|| print_json(&report));
            }
            reports.push(report);
        }
        bar.finish_and_clear();
        if !self.json {
            show(&reports);
        }
        Ok(match reports.iter().all(VerifyReport::all_agree) {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(1),
        })
    }
}

fn progress_bar(length: u64) -> ProgressBar {
    let bar = match std::io::stderr().is_terminal() {
        true => ProgressBar::new(length),
        false => ProgressBar::hidden(),
    };
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

fn show(reports: &[VerifyReport]) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "problem",
        "submission",
        "expected",
        "verdict",
        "CPU ms",
        "memory",
        "",
    ]);
    for report in reports {
        for submission in &report.submissions {
            table.add_row(row(report, submission));
        }
    }
    for column in [4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
    for report in reports {
        for submission in report.submissions.iter().filter(|one| !one.ok) {
            let reason = submission.reason.as_deref().unwrap_or("no reason known");
            println!(
                "{} {}: {}",
                report.problem,
                submission.path,
                reason.trim_end()
            );
        }
    }
    let agreed: usize = reports.iter().map(|report| report.agreed).sum();
    let total: usize = reports.iter().map(|report| report.total).sum();
    println!(
        "{agreed} of {total} submissions agree, in {} packages",
        reports.len()
    );
}

fn row(report: &VerifyReport, submission: &SubmissionReport) -> [String; 7] {
    let score = submission
        .score
        .map_or(String::new(), |score| format!(", {score}"));
    [
        report.problem.to_string(),
        submission
            .path
            .trim_start_matches("submissions/")
            .to_owned(),
        expected(submission),
        submission
            .verdict
            .map_or("not judged".to_owned(), |verdict| {
                format!("{verdict}{score}")
            }),
        format!("{:.1}", submission.max_time),
        mebibytes(submission.max_memory),
        match (submission.ok, submission.skipped) {
            (true, _) => "✓".to_owned(),
            (false, true) => "–".to_owned(),
            (false, false) => "✗".to_owned(),
        },
    ]
}

fn expected(submission: &SubmissionReport) -> String {
    if submission.partially_accepted {
        return "some points".to_owned();
    }
    let expected: Vec<&str> = submission
        .expected
        .iter()
        .map(|verdict| verdict.as_str())
        .collect();
    match expected.is_empty() {
        true => "anything".to_owned(),
        false => expected.join(" or "),
    }
}

/// Import problem packages into the store.
///
/// The problem's id is the package folder's name (a flat zip: the zip's name). Importing again
/// replaces the problem; submissions that are being judged finish with the old data.
#[derive(Args)]
#[command(after_help = "Example:
  letscode problem import --data ./data contest/*

Exit codes: 0 all are imported, 2 a package can't be read; then none is.")]
pub struct Import {
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
}

impl Import {
    fn execute(self) -> Result<ExitCode, Fault> {
        // All are read before the first is imported: a bad one changes nothing.
        let opened: Vec<OpenedPackage> = self
            .paths
            .iter()
            .map(|path| open_package(path))
            .collect::<Result<_, _>>()?;
        // The rest is done as the owner of the data folder, who may not be able to read our files.
        let staging = tempfile::tempdir().map_err(Fault::new)?;
        let staged: Vec<PathBuf> = opened
            .iter()
            .enumerate()
            // A folder each, for two of them may have the same name.
            .map(|(index, one)| {
                data_folder::stage(&one.package.dir, &staging.path().join(index.to_string()))
            })
            .collect::<Result<_, _>>()
            .map_err(Fault::new)?;
        drop(opened);
        data_folder::hand_staged_over(staging.path(), &self.data).map_err(Fault::new)?;
        let data = data_folder::enter(&self.data)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Fault::new)?;
        runtime.block_on(import(&data, &staged))
    }
}

async fn import(data: &Path, folders: &[PathBuf]) -> Result<ExitCode, Fault> {
    let store = SqliteStore::open(data).await?;
    for folder in folders {
        let package = Package::load(folder)?;
        store
            .import_problem(&package.dir, &package.detail())
            .await?;
        let tests = package.data.tests.len();
        println!("{}: {}, {tests} tests", package.id, package.title);
    }
    Ok(ExitCode::SUCCESS)
}
