//! Options of `letscode bench`, and how many rounds, clients and cells follow from them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use letscode_judge::{Engine, builtin_languages};

use crate::error::CliError;
use crate::input::engine;
use crate::layers::IsolationArgs;

/// Measure how fast programs are run and judged on this machine, side by side with the same programs
/// without a sandbox, and in those of others that are installed.
///
/// Everything that is compared is measured in turns, with all layers of isolation on. docs/PERFORMANCE.md
/// says what each figure means. It takes some minutes; on a machine that does other things, look at the
/// ratios and the CPU times.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode bench
  letscode bench --only runs,memory --rounds 500
  letscode bench --json --svg bench.svg > bench.json
  letscode bench --workload programs.jsonl --only workload

Exit codes: 0 it was measured, whatever came out, 2 it could not be.")]
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
    /// How often each thing is measured; compiling, and what is as slow, a tenth of that
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) rounds: Option<u32>,
    /// A few rounds of everything, to see that it works; the figures say little
    #[arg(long)]
    pub(super) quick: bool,
    /// Programs whose outcome is known: a JSON object a line, with id, lang, code, stdin, expected
    #[arg(long, value_name = "FILE")]
    pub(super) workload: Option<PathBuf>,
    #[command(flatten)]
    pub(super) isolation: IsolationArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BenchPart {
    /// One run of a program, in every way there is
    Runs,
    /// From POST to verdict
    Verdicts,
    /// Runs and submissions a second
    Throughput,
    /// Memory of cells that wait
    CellMemory,
    /// The programs of --workload
    Workload,
}

impl BenchArgs {
    pub(super) fn wants(&self, part: BenchPart) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    pub(super) fn engine(&self) -> Result<Engine, CliError> {
        engine(builtin_languages()?, self.isolation.isolation())
    }

    pub(super) fn rounds(&self) -> usize {
        let usual = if self.quick { 3 } else { 200 };
        self.rounds.map_or(usual, |rounds| rounds as usize)
    }

    pub(super) fn warm_up(&self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    /// How many runs CPU time is taken of.
    pub(super) fn counted(&self) -> usize {
        if self.quick {
            2
        } else {
            (self.rounds() / 2).clamp(10, 200)
        }
    }

    pub(super) fn clients(&self) -> &'static [usize] {
        if self.quick { &[2] } else { &[1, 2, 8, 64] }
    }

    /// How long runs are counted, each time.
    pub(super) fn slice(&self) -> Duration {
        Duration::from_millis(if self.quick { 50 } else { 1000 })
    }

    pub(super) fn slices(&self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    /// How many cells memory is taken of.
    pub(super) fn cells(&self) -> usize {
        if self.quick { 4 } else { 64 }
    }
}
