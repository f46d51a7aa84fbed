//! `letscode bench`: how fast this is, beside the same programs without a sandbox and with others'.

mod aims;
mod context;
mod cpu;
mod memory;
mod peers;
mod plot;
mod report;
mod runs;
mod samples;
mod server;
mod subjects;
mod tables;
mod throughput;
mod verdicts;
mod workload;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use letscode_judge::{Engine, builtin_languages};

use self::context::Context;
use self::report::{Machine, Report};
use self::server::Server;
use self::tables::{Form, render};
use super::print_json;
use crate::fault::Fault;
use crate::input::engine;
use crate::layers::{IsolationArgs, demand, examine};

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
pub struct Bench {
    /// Print one JSON object instead of tables
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print the tables in Markdown
    #[arg(long)]
    markdown: bool,
    /// Also draw the ratios, as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Measure these parts only
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    only: Vec<Part>,
    /// How often each thing is measured; compiling, and what is as slow, a tenth of that
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rounds: Option<u32>,
    /// A few rounds of everything, to see that it works; the figures say little
    #[arg(long)]
    quick: bool,
    /// Programs whose outcome is known: a JSON object a line, with id, lang, code, stdin, expected
    #[arg(long, value_name = "FILE")]
    workload: Option<PathBuf>,
    #[command(flatten)]
    isolation: IsolationArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// One run of a program, in every way there is
    Runs,
    /// From POST to verdict
    Verdicts,
    /// Runs and submissions a second
    Throughput,
    /// Memory of cells that wait
    Memory,
    /// The programs of --workload
    Workload,
}

impl Bench {
    pub fn execute(self) -> Result<ExitCode, Fault> {
        let isolation = self.isolation.isolation();
        demand(&isolation)?;
        let mut context = Context::new()?;
        let mut report = Report {
            machine: machine(),
            layers: examine(&isolation),
            ..Report::default()
        };
        let measured = self.measure(&mut context, &mut report);
        context.done();
        measured?;
        report.machine.load[1] = load();
        report.aims = aims::compare(&report);
        report.skipped = std::mem::take(&mut context.skipped);
        if let Some(path) = &self.svg {
            plot::write(&report, path)?;
        }
        match (self.json, self.markdown) {
            (true, _) => print_json(&report),
            (_, true) => print!("{}", render(&report, Form::Markdown)),
            _ => print!("{}", render(&report, Form::Terminal)),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn measure(&self, context: &mut Context, report: &mut Report) -> Result<(), Fault> {
        if self.wants(Part::Runs) {
            report.runs = Some(runs::measure(self, context)?);
        }
        if self.wants(Part::Memory) {
            report.memory = Some(memory::measure(self, context)?);
        }
        if self.wants(Part::Verdicts) || self.wants(Part::Throughput) {
            context.doing("starting a service");
            let engine = self.engine()?;
            let server = Server::start(&context.folder("data"), self.quick)?;
            if self.wants(Part::Verdicts) {
                report.verdicts = Some(verdicts::measure(self, context, &engine, &server)?);
            }
            if self.wants(Part::Throughput) {
                report.throughput = Some(throughput::measure(self, context, &engine, &server)?);
            }
        }
        match &self.workload {
            Some(path) if self.wants(Part::Workload) => {
                report.workload = Some(workload::measure(self, context, path)?);
            }
            None if self.wants(Part::Workload) => {
                context.skip("workload", "no --workload FILE was given");
            }
            _ => {}
        }
        Ok(())
    }

    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    fn engine(&self) -> Result<Engine, Fault> {
        engine(builtin_languages()?, self.isolation.isolation())
    }

    fn rounds(&self) -> usize {
        let usual = if self.quick { 3 } else { 200 };
        self.rounds.map_or(usual, |rounds| rounds as usize)
    }

    fn warm_up(&self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    /// How many runs CPU time is taken of.
    fn counted(&self) -> usize {
        if self.quick {
            2
        } else {
            (self.rounds() / 2).clamp(10, 200)
        }
    }

    fn clients(&self) -> &'static [usize] {
        if self.quick { &[2] } else { &[1, 2, 8, 64] }
    }

    /// How long runs are counted, each time.
    fn slice(&self) -> Duration {
        Duration::from_millis(if self.quick { 50 } else { 1000 })
    }

    fn slices(&self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    /// How many cells memory is taken of.
    fn cells(&self) -> usize {
        if self.quick { 4 } else { 64 }
    }
}

fn machine() -> Machine {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    Machine {
        letscode: env!("CARGO_PKG_VERSION"),
        build: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        },
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        processor: model
            .map_or("an unknown processor", |(_, name)| name.trim())
            .to_owned(),
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        load: [load(), 0.0],
    }
}

fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split(' ').next().and_then(|word| word.parse().ok());
    first.unwrap_or(0.0)
}
