use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use letscode_judge::{Engine, Evaluation, JudgeEvent, Priority, TestReport, Thoroughness};
use letscode_model::{
    Judgement, LanguageId, ProblemId, Submission, SubmissionId, TestResult, UserId, Verdict,
    VerifiedBy,
};
use letscode_package::{Package, TimeLimitProvenance};

use super::{mebibytes, print_json};
use crate::caps::CapArgs;
use crate::error::CliError;
use crate::input::{CacheArgs, engine_for_package, open_package, read_sources};
use crate::languages::{LanguageArgs, ids_help, source_help};
use crate::layers::IsolationArgs;

/// Judge one solution against a problem package.
///
/// Compiles once and runs every test in its own cell, until the first failure where the package
/// says so. Shows a progress bar when standard error is a terminal.
///
/// Exit code: 0 Accepted, 1 any other verdict, 2 wrong usage or an internal error.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode judge problems/aplusb solution.py
  letscode judge --all --json contest/bridge.zip bridge.cpp")]
pub struct JudgeArgs {
    /// A problem package: a folder or a zip
    package: PathBuf,
    #[arg(help = source_help("The source file, or a folder of several"))]
    source: PathBuf,
    #[arg(long, value_name = "L", help = ids_help())]
    language: Option<String>,
    /// Run every test, also after a failure
    #[arg(long)]
    all: bool,
    /// Run the public samples only
    #[arg(long)]
    samples: bool,
    /// Print one JSON object, the same as GET /api/submission/:id
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

impl JudgeArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let languages = self.languages.read()?;
        let (source, language) = read_sources(&self.source, self.language.as_deref(), &languages)?;
        let opened = open_package(&self.package, &languages, self.caps.caps())?;
        let package = &opened.package;
        let calibrates = package.limits.time.provenance == TimeLimitProvenance::Default
            && !package.submissions.is_empty();
        let (mut engine, language) = engine_for_package(
            language,
            languages.clone(),
            package,
            calibrates,
            self.isolation.isolation(),
            self.caps.caps(),
        )?;
        self.cache.open(&mut engine)?;
        let time_limit = if calibrates {
            calibrated(&engine, package)?
        } else {
            None
        };
        let mut progress = JudgeProgress::new(package.data.tests.len() as u64);
        let evaluation = Evaluation {
            package,
            language: &language,
            sources: &source,
            time_limit,
            samples_only: self.samples,
            thoroughness: if self.all {
                Thoroughness::All
            } else {
                Thoroughness::AsPackaged
            },
            priority: Priority::Normal,
            cancel: None,
        };
        let judged = engine.judge(&evaluation, &mut |event| progress.show(event));
        progress.bar.finish_and_clear();
        let judgement = judged?;
        let verdict = judgement.verdict.status;
        if let Some(error) = &judgement.internal_error {
            eprintln!("error: {error}");
        }
        if self.json {
            print_json(&as_submission(
                judgement,
                &package.id,
                &language,
                self.samples,
                self.all,
            ));
        } else {
            show(&judgement, &progress.validator_messages, |number| {
                let test = package.data.tests.get(number as usize - 1);
                test.map_or(String::new(), |test| test.name.clone())
            });
        }
        Ok(match verdict {
            Verdict::Accepted => ExitCode::SUCCESS,
            Verdict::InternalError => ExitCode::from(2),
            _ => ExitCode::from(1),
        })
    }
}

/// Measures the jury's accepted solutions, for a package that states no time limit.
fn calibrated(engine: &Engine, package: &Package) -> Result<Option<Duration>, CliError> {
    let Some(calibration) = engine.jury().calibrate(package)? else {
        return Ok(None);
    };
    eprintln!(
        "time limit: {} s, from {} ({:.0} ms)",
        calibration.time_limit.as_secs_f64(),
        calibration.submission,
        calibration.slowest
    );
    Ok(Some(calibration.time_limit))
}

struct JudgeProgress {
    bar: ProgressBar,
    /// Messages of the package's validator by test number. They may be secret to contestants, but
    /// not to the owner of the package.
    validator_messages: BTreeMap<u32, String>,
}

impl JudgeProgress {
    fn new(tests: u64) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(tests)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        JudgeProgress {
            bar,
            validator_messages: BTreeMap::new(),
        }
    }

    fn show(&mut self, event: JudgeEvent) {
        match event {
            JudgeEvent::CompilerDenied(_) | JudgeEvent::CheckerDenied(_) => {}
            JudgeEvent::Compiling => self.bar.set_message("compiling"),
            JudgeEvent::Running { .. } => self.bar.set_message("running"),
            JudgeEvent::Tested(TestReport {
                result,
                jury_message,
                ..
            }) => {
                self.bar.set_message(result.verdict.as_str());
                self.bar.inc(1);
                if !jury_message.is_empty() {
                    self.validator_messages
                        .insert(result.test_case_number, jury_message);
                }
            }
            JudgeEvent::Judged(_) => {}
        }
    }
}

fn show(
    judgement: &Judgement,
    validator_messages: &BTreeMap<u32, String>,
    name_of: impl Fn(u32) -> String,
) {
    if !judgement.compiler_output.is_empty() {
        eprintln!("{}", judgement.compiler_output.trim_end());
    }
    if !judgement.test_results.is_empty() {
        println!(
            "{}",
            table(&judgement.test_results, validator_messages, name_of)
        );
    }
    let verdict = &judgement.verdict;
    let (partial, points) = match verdict.points() {
        Some(points) if verdict.is_partial() => (format!(" with {points}"), String::new()),
        Some(points) => (String::new(), format!(", {points}")),
        None => (String::new(), String::new()),
    };
    println!(
        "{}{partial}: {} of {} tests passed{points}; slowest {:.1} ms CPU, largest {}",
        verdict.status,
        verdict.passed_tests,
        verdict.total_tests,
        verdict.max_time,
        mebibytes(verdict.max_memory)
    );
}

fn table(
    results: &[TestResult],
    validator_messages: &BTreeMap<u32, String>,
    name_of: impl Fn(u32) -> String,
) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["#", "test", "verdict", "CPU ms", "memory", ""]);
    for result in results {
        table.add_row([
            result.test_case_number.to_string(),
            name_of(result.test_case_number),
            result.verdict.to_string(),
            format!("{:.1}", result.execution_time),
            mebibytes(result.memory_used),
            match validator_messages.get(&result.test_case_number) {
                Some(message) => message.clone(),
                None => result.message.clone().unwrap_or_default(),
            },
        ]);
    }
    for column in [0, 3, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Builds the body of `GET /api/submission/:id` for a submission that is in no store.
fn as_submission(
    judgement: Judgement,
    problem_id: &ProblemId,
    language: &LanguageId,
    is_custom_test: bool,
    run_all: bool,
) -> Submission {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Submission {
        id: SubmissionId::random(),
        user_id: UserId("command-line".to_owned()),
        problem_id: problem_id.clone(),
        language: language.clone(),
        is_custom_test,
        run_all,
        status: judgement.verdict.status.final_status(),
        verdict: Some(judgement.verdict),
        verified_by: Some(VerifiedBy::Server),
        test_results: judgement.test_results,
        compiler_output: judgement.compiler_output,
        progress: None,
        judgements: Vec::new(),
        created_at: i64::try_from(now.as_millis()).unwrap_or(i64::MAX),
    }
}
