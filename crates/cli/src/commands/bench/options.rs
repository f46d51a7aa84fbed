//! Options of `letscode bench`, and how many rounds, clients and cells follow from them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use letscode_judge::Engine;
use letscode_languages::LanguageRegistry;
use letscode_model::LimitCaps;

use crate::error::CliError;
use crate::input::engine;
use crate::layers::IsolationArgs;

/// Measure how fast programs are run and judged on this machine, compared with the same programs
/// without a sandbox and in other sandboxes that are installed.
///
/// Alternatives are measured in turns, with all layers of isolation on. docs/PERFORMANCE.md explains
/// each figure. It takes some minutes; on a busy machine, look at the ratios and the CPU times.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode bench
  letscode bench --only runs,memory --rounds 500
  letscode bench --json --svg bench.svg > bench.json
  letscode bench --workload programs.jsonl --only workload

Exit codes: 0 it was measured, whatever the result, 2 it could not be measured.")]
pub struct BenchArgs {
    /// Print one JSON object instead of tables
    #[arg(long, conflicts_with = "markdown")]
    pub(super) json: bool,
    /// Print the tables in Markdown
    #[arg(long)]
    pub(super) markdown: bool,
    /// Also draw the ratios, as SVG
    #[arg(long, value_name = "FILE")]
    pub(super) svg: Option<PathBuf>,
    /// Measure these parts only
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    pub(super) only: Vec<BenchPart>,
    /// Number of measurements of each value; slow ones, such as compiling, are measured a tenth as often
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) rounds: Option<u32>,
    /// A few rounds of everything, to check that it works; the figures mean little
    #[arg(long)]
    pub(super) quick: bool,
    /// Programs with a known outcome: one JSON object per line with id, lang, code, stdin, expected
    #[arg(long, value_name = "FILE")]
    pub(super) workload: Option<PathBuf>,
    #[command(flatten)]
    pub(super) isolation: IsolationArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BenchPart {
    /// One run of a program, by every alternative
    Runs,
    /// From POST to verdict
    Verdicts,
    /// Runs and submissions a second
    Throughput,
    /// Memory of idle cells
    CellMemory,
    /// The programs of --workload
    Workload,
}

impl BenchArgs {
    pub(super) fn includes(&self, part: BenchPart) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    pub(super) fn engine(&self) -> Result<Engine, CliError> {
        engine(
            LanguageRegistry::builtin()?,
            self.isolation.isolation(),
            LimitCaps::default(),
        )
    }

    pub(super) fn rounds(&self) -> usize {
        let usual = if self.quick { 3 } else { 200 };
        self.rounds.map_or(usual, |rounds| rounds as usize)
    }

    pub(super) fn warm_up(&self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    /// Number of runs whose CPU time is measured.
    pub(super) fn cpu_runs(&self) -> usize {
        if self.quick {
            2
        } else {
            (self.rounds() / 2).clamp(10, 200)
        }
    }

    pub(super) fn clients(&self) -> &'static [usize] {
        if self.quick { &[2] } else { &[1, 2, 8, 64] }
    }

    /// Length of one measurement of throughput.
    pub(super) fn slice(&self) -> Duration {
        Duration::from_millis(if self.quick { 50 } else { 1000 })
    }

    pub(super) fn slices(&self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    /// Number of cells whose memory is measured.
    pub(super) fn cells(&self) -> usize {
        if self.quick { 4 } else { 64 }
    }
}
