//! `letscode bench`: compares runs and judging with bare processes and with other sandboxes.

mod aims;
mod context;
mod cpu;
mod memory;
mod options;
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
use std::process::ExitCode;

use self::context::BenchContext;
pub use self::options::BenchArgs;
use self::options::BenchPart;
use self::report::{BenchReport, MachineInfo};
use self::server::BenchServer;
use self::tables::{TableFormat, render};
use super::print_json;
use crate::error::CliError;
use crate::layers::{demand, examine};

impl BenchArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let isolation = self.isolation.isolation();
        demand(&isolation)?;
        let mut context = BenchContext::new()?;
        let mut report = BenchReport {
            machine: machine(),
            layers: examine(&isolation),
            ..BenchReport::default()
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
            (_, true) => print!("{}", render(&report, TableFormat::Markdown)),
            _ => print!("{}", render(&report, TableFormat::Terminal)),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn measure(
        &self,
        context: &mut BenchContext,
        report: &mut BenchReport,
    ) -> Result<(), CliError> {
        if self.includes(BenchPart::Runs) {
            report.runs = Some(runs::measure(self, context)?);
        }
        if self.includes(BenchPart::CellMemory) {
            report.memory = Some(memory::measure(self, context)?);
        }
        if self.includes(BenchPart::Verdicts) || self.includes(BenchPart::Throughput) {
            context.doing("starting a service");
            let engine = self.engine()?;
            let server = BenchServer::start(&context.folder("data"), self.quick)?;
            if self.includes(BenchPart::Verdicts) {
                report.verdicts = Some(verdicts::measure(self, context, &engine, &server)?);
            }
            if self.includes(BenchPart::Throughput) {
                report.throughput = Some(throughput::measure(self, context, &engine, &server)?);
            }
        }
        match &self.workload {
            Some(path) if self.includes(BenchPart::Workload) => {
                report.workload = Some(workload::measure(self, context, path)?);
            }
            None if self.includes(BenchPart::Workload) => {
                context.skip("workload", "no --workload FILE was given");
            }
            _ => {}
        }
        Ok(())
    }
}

fn machine() -> MachineInfo {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    MachineInfo {
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
