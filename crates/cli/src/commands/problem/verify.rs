use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use letscode_import::OpenedPackage;
use letscode_judge::{Engine, SubmissionReport, VerifyReport};
use letscode_package::Package;

use crate::caps::CapArgs;
use crate::commands::{mebibytes, print_json};
use crate::error::CliError;
use crate::input::{CacheArgs, engine, open_package};
use crate::languages::LanguageArgs;
use crate::layers::IsolationArgs;

/// Judge every jury submission of some packages and check that each gets a verdict that its
/// folder allows.
///
/// Expectations come from the folder (accepted, wrong_answer, time_limit_exceeded,
/// run_time_error, …), from an @EXPECTED_RESULTS@ line in the source, or from submissions.yaml.
///
/// Exit code: 0 when all agree, 1 when one does not, 2 when a package can't be read; the others are
/// judged nevertheless.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode problem verify problems/*
  letscode problem verify --json contest/*.zip")]
pub struct VerifyArgs {
    /// Problem packages: folders or zips
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    /// Packages, or submissions of one, to verify at a time; as many as there are cores unless stated
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Print one JSON object per package and line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    languages: LanguageArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
    #[command(flatten)]
    caps: CapArgs,
}

impl VerifyArgs {
    fn jobs(&self) -> usize {
        let jobs = self.jobs.or_else(|| thread::available_parallelism().ok());
        jobs.map_or(1, NonZeroUsize::get)
    }

    pub fn execute(self) -> Result<ExitCode, CliError> {
        // All packages are read before the first is judged, so that a wrong path is reported at once.
        // Those that can be read are judged nevertheless.
        let (languages, caps) = (self.languages.read()?, self.caps.caps());
        let packages = self.packages.iter();
        let read = packages.map(|path| (path, open_package(path, &languages, caps)));
        let mut opened: Vec<OpenedPackage> = Vec::new();
        let mut unread = 0;
        for (path, result) in read {
            match result {
                Ok(package) => opened.push(package),
                Err(error) if self.packages.len() == 1 => return Err(error),
                Err(error) => {
                    unread += 1;
                    eprint!("{}", error.about(path.display()));
                }
            }
        }
        let packages: Vec<&Package> = opened.iter().map(|opened| &opened.package).collect();
        let total: usize = packages
            .iter()
            .map(|package| package.submissions.len())
            .sum();
        let mut engine = engine(languages, self.isolation.isolation(), caps)?;
        self.cache.open(&mut engine)?;
        let bar = progress_bar(total as u64);
        let reports = verify_all(&engine, &packages, self.jobs(), &bar, |report| {
            if self.json {
                bar.suspend(|| print_json(report));
            }
        });
        bar.finish_and_clear();
        if !self.json {
            show(&reports);
        }
        Ok(if unread > 0 {
            ExitCode::from(2)
        } else if reports.iter().all(VerifyReport::all_agree) {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(1)
        })
    }
}

/// Verifies several packages at a time, or several submissions where there are fewer packages than
/// jobs, and returns the reports in the order of
/// the packages. `ready` is called with each report as soon as all before it are finished.
fn verify_all(
    engine: &Engine,
    packages: &[&Package],
    jobs: usize,
    bar: &ProgressBar,
    mut ready: impl FnMut(&VerifyReport),
) -> Vec<VerifyReport> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let work = |sender: mpsc::Sender<(usize, VerifyReport)>| {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(package) = packages.get(index) else {
                return;
            };
            let report = engine.jury().verify(
                package,
                jobs / packages.len(),
                |submission| bar.set_message(format!("{} {}", package.id, submission.path)),
                |_| bar.inc(1),
            );
            if sender.send((index, report)).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, packages.len().max(1)) {
            let sender = sender.clone();
            scope.spawn(|| work(sender));
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut reports: Vec<VerifyReport> = Vec::new();
        for (index, report) in receiver {
            waiting.insert(index, report);
            while let Some(report) = waiting.remove(&reports.len()) {
                ready(&report);
                reports.push(report);
            }
        }
        reports
    })
}

fn progress_bar(length: u64) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(length)
    } else {
        ProgressBar::hidden()
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
        for submission in report
            .submissions
            .iter()
            .filter(|submission| !submission.ok)
        {
            let reason = submission.reason.as_deref().unwrap_or("no reason known");
            println!(
                "{} {}: {}",
                report.problem,
                submission.path,
                reason.trim_end()
            );
        }
    }
    show_warnings(reports);
    let agreed: usize = reports.iter().map(|report| report.agreed).sum();
    let total: usize = reports.iter().map(|report| report.total).sum();
    let not_judged: usize = reports.iter().map(|report| report.not_judged).sum();
    let not_judged = if not_judged == 0 {
        String::new()
    } else {
        format!("; {not_judged} not judged: their languages are not supported")
    };
    println!(
        "{agreed} of {total} submissions agree, in {} packages{not_judged}",
        reports.len()
    );
}

fn show_warnings(reports: &[VerifyReport]) {
    for report in reports {
        for submission in &report.submissions {
            if let Some(warning) = &submission.warning {
                println!("{} {}: warning: {warning}", report.problem, submission.path);
            }
        }
    }
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
    if expected.is_empty() {
        "anything".to_owned()
    } else {
        expected.join(" or ")
    }
}
