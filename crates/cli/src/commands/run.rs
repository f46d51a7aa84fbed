use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use letscode_model::{SnippetOutcome, SnippetReport};

use super::watch_args::WatchArgs;
use super::{mebibytes, print_json};
use crate::caps::CapArgs;
use crate::error::CliError;
use crate::input::{CacheArgs, engine_for, read_source};
use crate::languages::{LanguageArgs, ids_help, language_of, source_help};
use crate::layers::IsolationArgs;

/// Run one program in a cell.
///
/// The program gets your standard input (or --input's file) and its output is passed on. Limits:
/// 5 s of CPU time, 17 s of wall-clock time, 512 MiB, 1 MiB of output, no network, no files but
/// its own.
///
/// Exit code: 0 when the program exited with 0, 1 when it ended in any other way, 2 when it could
/// not be run.
#[derive(Args)]
#[command(after_help = "Examples:
  echo 21 | letscode run double.py
  letscode run --input data/sample/1.in --json solution.cpp
  letscode run --language python program.txt")]
pub struct RunArgs {
    #[arg(help = source_help("The source file"))]
    source: PathBuf,
    #[arg(long, value_name = "L", help = ids_help())]
    language: Option<String>,
    /// File with the program's standard input; by default ours is passed on
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Print one JSON object: outcome, exitCode, signal, stdout, stderr, executionTime (ms of
    /// CPU), wallTime (ms), memoryUsed (bytes)
    #[arg(long)]
    json: bool,
    /// Run it as a service does that has run other programs before: for tests
    #[arg(long, hide = true)]
    after_others: bool,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    languages: LanguageArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
    #[command(flatten)]
    caps: CapArgs,
    #[command(flatten)]
    watch: WatchArgs,
}

impl RunArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let languages = self.languages.read()?;
        let language = language_of(&self.source, self.language.as_deref(), &languages)?;
        let source = read_source(&self.source)?;
        let input: Box<dyn Read> = match &self.input {
            None => Box::new(std::io::stdin()),
            Some(path) => {
                let at = |error| CliError::new(format!("{}: {error}", path.display()));
                Box::new(File::open(path).map_err(at)?)
            }
        };
        let isolation = self.isolation.isolation();
        let (caps, watch) = (self.caps.caps(), self.watch.watch);
        let (mut engine, language) = engine_for(language, isolation, caps, watch)?;
        self.cache.open(&mut engine)?;
        if self.after_others {
            letscode_judge::exercise_interpreters(&engine);
        }
        let report =
            engine.run_snippet(&language, &source, input, letscode_judge::Priority::Normal)?;
        if self.json {
            print_json(&report);
        } else {
            show(&report);
        }
        Ok(match report.outcome {
            SnippetOutcome::SandboxError => ExitCode::from(2),
            _ if report.success() => ExitCode::SUCCESS,
            _ => ExitCode::from(1),
        })
    }
}

fn show(report: &SnippetReport) {
    if let Some(activity) = report.activity.filter(|activity| activity.above.is_some())
        && let Some(explained) = activity.explain()
        && report.explain_violation().is_none()
    {
        let above = explained.trim_start_matches("ended for ");
        eprintln!("letscode: far above the ordinary: {above}");
    }
    // A closed pipe means that the reader has seen enough; it is not an error.
    let _ = std::io::stdout().write_all(report.stdout.as_bytes());
    let _ = std::io::stdout().flush();
    let _ = std::io::stderr().write_all(report.stderr.as_bytes());
    if report.success() {
        return;
    }
    let ending = match report.outcome {
        SnippetOutcome::Exited => format!("exited with code {}", report.exit_code.unwrap_or(-1)),
        SnippetOutcome::Signaled => format!("ended by signal {}", report.signal.unwrap_or(-1)),
        SnippetOutcome::CpuTimeExceeded => "stopped at the CPU time limit".to_owned(),
        SnippetOutcome::WallTimeExceeded => "stopped at the wall-clock limit".to_owned(),
        SnippetOutcome::MemoryExceeded => "stopped at the memory limit".to_owned(),
        SnippetOutcome::OutputExceeded => "stopped at the output limit".to_owned(),
        SnippetOutcome::SyscallDenied
        | SnippetOutcome::SyscallRateExceeded
        | SnippetOutcome::MemoryGrowthExceeded => report.explain_violation().unwrap_or_default(),
        SnippetOutcome::CompileFailed => "did not compile".to_owned(),
        SnippetOutcome::SandboxError => {
            "could not be run: an internal error, not the program's".to_owned()
        }
    };
    let time = report.execution_time;
    eprintln!(
        "letscode: {ending} ({time:.1} ms CPU, {})",
        mebibytes(report.memory_used)
    );
}
