use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use letscode_judge::{Engine, Evaluation, Observer, Thoroughness};
use letscode_model::{
    Judgement, LanguageId, ProblemId, Submission, SubmissionId, TestResult, UserId, Verdict,
    VerifiedBy,
};
use letscode_package::{Package, TimeLimitProvenance};

use super::{mebibytes, print_json};
use crate::error::CliError;
use crate::input::{CacheArgs, engine_for_package, open_package, read_sources};
use crate::layers::IsolationArgs;

/// Judge one solution against a problem package.
///
/// Compiles once and runs every test in its own cell, until the first failure where the package
/// says so. A progress bar shows how far it is when standard error is a terminal.
///
/// Exit code: 0 Accepted, 1 any other verdict, 2 usage or a fault of ours.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode judge problems/aplusb solution.py
  letscode judge --all --json contest/bridge.zip bridge.cpp")]
pub struct JudgeArgs {
    /// A problem package: a folder or a zip
    package: PathBuf,
    /// The source file, or a folder of several; its ending tells the language (.py .js .cpp .cc .rs)
    source: PathBuf,
    /// javascript, python, cpp or rust
    #[arg(long, value_name = "L")]
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
    isolation: IsolationArgs,
}

impl JudgeArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let (source, language) = read_sources(&self.source, self.language.as_deref())?;
        let opened = open_package(&self.package)?;
        let package = &opened.package;
        let calibrates = package.limits.time.provenance == TimeLimitProvenance::Default
            && !package.submissions.is_empty();
        let (mut engine, language) =
            engine_for_package(language, package, calibrates, self.isolation.isolation())?;
        self.cache.open(&mut engine)?;
        let time_limit = match calibrates {
            true => calibrated(&engine, package)?,
            false => None,
        };
        let mut progress = JudgeProgress::new(package.data.tests.len() as u64);
        let evaluation = Evaluation {
            package,
            language: &language,
            sources: &source,
            time_limit,
            samples_only: self.samples,
            thoroughness: match self.all {
                true => Thoroughness::All,
                false => Thoroughness::AsPackaged,
            },
        };
        let judged = engine.judge(&evaluation, &mut progress);
        progress.bar.finish_and_clear();
        let judgement = judged?;
        let verdict = judgement.verdict.status;
        if let Some(fault) = &judgement.internal_error {
            eprintln!("error: {fault}");
        }
        match self.json {
            true => print_json(&as_submission(
                judgement,
                &package.id,
                &language,
                self.samples,
            )),
            false => show(&judgement, &progress.said, |number| {
                let test = package.data.tests.get(number as usize - 1);
                test.map_or(String::new(), |test| test.name.clone())
            }),
        }
        Ok(match verdict {
            Verdict::Accepted => ExitCode::SUCCESS,
            Verdict::InternalError => ExitCode::from(2),
            _ => ExitCode::from(1),
        })
    }
}

/// The package states no time limit: the jury's accepted solutions say what is needed.
fn calibrated(engine: &Engine, package: &Package) -> Result<Option<Duration>, CliError> {
    let Some(found) = engine.calibrate(package)? else {
        return Ok(None);
    };
    eprintln!(
        "time limit: {} s, from {} ({:.0} ms)",
        found.time_limit.as_secs_f64(),
        found.submission,
        found.slowest
    );
    Ok(Some(found.time_limit))
}

struct JudgeProgress {
    bar: ProgressBar,
    /// What the package's validator said, by test: whoever has the package may read it.
    said: BTreeMap<u32, String>,
}

impl JudgeProgress {
    fn new(tests: u64) -> Self {
        let bar = match std::io::stderr().is_terminal() {
            true => ProgressBar::new(tests),
            false => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        JudgeProgress {
            bar,
            said: BTreeMap::new(),
        }
    }
}

impl Observer for JudgeProgress {
    fn compiling(&mut self) {
        self.bar.set_message("compiling");
    }

    fn running(&mut self) {
        self.bar.set_message("running");
    }

    fn validator_said(&mut self, result: &TestResult, words: &str) {
        self.said.insert(result.test_case_number, words.to_owned());
    }

    fn tested(&mut self, result: &TestResult) {
        self.bar.set_message(result.verdict.as_str());
        self.bar.inc(1);
    }
}

fn show(judgement: &Judgement, said: &BTreeMap<u32, String>, name_of: impl Fn(u32) -> String) {
    if !judgement.compiler_output.is_empty() {
        eprintln!("{}", judgement.compiler_output.trim_end());
    }
    if !judgement.test_results.is_empty() {
        println!("{}", table(&judgement.test_results, said, name_of));
    }
    let verdict = &judgement.verdict;
    let score = verdict
        .score
        .map_or(String::new(), |score| format!(", {score} points"));
    println!(
        "{}: {} of {} tests passed{score}; slowest {:.1} ms CPU, largest {}",
        verdict.status,
        verdict.passed_tests,
        verdict.total_tests,
        verdict.max_time,
        mebibytes(verdict.max_memory)
    );
}

fn table(
    results: &[TestResult],
    said: &BTreeMap<u32, String>,
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
            match said.get(&result.test_case_number) {
                Some(words) => words.clone(),
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

/// The body of `GET /api/submission/:id`, for a submission that no store has.
fn as_submission(
    judgement: Judgement,
    problem_id: &ProblemId,
    language: &LanguageId,
    is_custom_test: bool,
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
        status: judgement.verdict.status.final_status(),
        verdict: Some(judgement.verdict),
        verified_by: Some(VerifiedBy::Server),
        test_results: judgement.test_results,
        compiler_output: judgement.compiler_output,
        created_at: i64::try_from(now.as_millis()).unwrap_or(i64::MAX),
    }
}
