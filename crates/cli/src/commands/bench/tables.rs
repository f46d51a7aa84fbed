//! The report for people: tables on a terminal, or in Markdown.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use super::report::{AimRow, BenchReport, RunRow};
use super::samples::TimeSummary;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    Terminal,
    Markdown,
}

struct TableContent {
    title: &'static str,
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

pub fn render(report: &BenchReport, form: TableFormat) -> String {
    let mut text = machine(report);
    let grids = [
        layers(report),
        aims(report),
        runs(report),
        verdicts(report),
        rates(report),
        memory(report),
    ];
    for grid in grids.into_iter().filter(|grid| !grid.rows.is_empty()) {
        text += &show(grid, form);
    }
    text += &workload(report);
    for skipped in &report.skipped {
        let _ = writeln!(text, "- not measured: {}: {}", skipped.what, skipped.why);
    }
    text
}

fn show(grid: TableContent, form: TableFormat) -> String {
    let mut table = Table::new();
    table.load_style(match form {
        TableFormat::Terminal => presets::UTF8_HORIZONTAL_ONLY,
        TableFormat::Markdown => presets::ASCII_MARKDOWN,
    });
    let columns = grid.header.len();
    table.set_header(grid.header);
    let is_number = |cell: &String| cell.starts_with(|c: char| c.is_ascii_digit());
    let right: Vec<usize> = (0..columns)
        .filter(|at| {
            grid.rows
                .iter()
                .any(|row| row.get(*at).is_some_and(is_number))
        })
        .collect();
    table.add_rows(grid.rows);
    for at in right {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    match form {
        TableFormat::Terminal => format!("\n{}\n{table}\n", grid.title),
        TableFormat::Markdown => format!("\n**{}**\n\n{table}\n", grid.title),
    }
}

fn machine(report: &BenchReport) -> String {
    let machine = &report.machine;
    let mut text = format!(
        "letscode {} ({} build), {} cores of {}, Linux {}; load {:.1} at the begin, {:.1} at the end.\n",
        machine.letscode,
        machine.build,
        machine.cores,
        machine.processor,
        machine.kernel,
        machine.load[0],
        machine.load[1],
    );
    if machine.build == "debug" {
        text += "A debug build: these figures mean little.\n";
    }
    text
}

fn layers(report: &BenchReport) -> TableContent {
    let row = |finding: &crate::layers::LayerFinding| {
        vec![
            finding.layer.to_string(),
            finding.status.shown().to_owned(),
            finding.detail.clone(),
        ]
    };
    TableContent {
        title: "Layers in force",
        header: vec!["layer", "status", ""],
        rows: report.layers.iter().map(row).collect(),
    }
}

fn aims(report: &BenchReport) -> TableContent {
    let row = |aim: &AimRow| {
        let limit = match (aim.at_most, aim.at_least) {
            (Some(limit), _) => format!("≤ {}", figure(limit)),
            (_, Some(limit)) => format!("≥ {}", figure(limit)),
            _ => String::new(),
        };
        let met = if aim.met { "met" } else { "NOT MET" };
        vec![
            aim.what.clone(),
            format!("{limit} {}", aim.unit).trim_end().to_owned(),
            format!("{} {}", figure(aim.measured), aim.unit)
                .trim_end()
                .to_owned(),
            met.to_owned(),
        ]
    };
    TableContent {
        title: "Aims",
        header: vec!["", "aim", "measured", ""],
        rows: report.aims.iter().map(row).collect(),
    }
}

fn runs(report: &BenchReport) -> TableContent {
    let row = |row: &RunRow| {
        let [median, p95, p99] = times(row.time);
        vec![
            row.program.to_owned(),
            row.way.to_owned(),
            median,
            p95,
            p99,
            figure(row.ratio),
            row.cpu.map_or_else(String::new, figure),
            row.cpu_ratio.map_or_else(String::new, figure),
        ]
    };
    TableContent {
        title: "One run, ms",
        header: vec![
            "program", "way", "median", "p95", "p99", "to bare", "CPU", "to bare",
        ],
        rows: report.runs.iter().flatten().map(row).collect(),
    }
}

fn verdicts(report: &BenchReport) -> TableContent {
    let rows = report.verdicts.iter().flatten().map(|row| {
        let [median, p95, p99] = times(row.time);
        let bare = figure(row.bare.median);
        vec![
            row.program.to_owned(),
            row.way.to_owned(),
            median,
            p95,
            p99,
            bare,
            figure(row.ratio),
        ]
    });
    TableContent {
        title: "POST to verdict, 5 tests unless stated otherwise, ms",
        header: vec![
            "program", "source", "median", "p95", "p99", "bare", "to bare",
        ],
        rows: rows.collect(),
    }
}

fn rates(report: &BenchReport) -> TableContent {
    let rows = report.throughput.iter().flatten().map(|row| {
        vec![
            row.program.to_owned(),
            row.way.to_owned(),
            row.clients.to_string(),
            figure(row.per_second),
            figure(row.runs_per_second),
            figure(row.bare_per_second),
            figure(row.ratio),
            row.cpu.map_or_else(String::new, figure),
            row.bare_cpu.map_or_else(String::new, figure),
        ]
    });
    TableContent {
        title: "A second",
        header: vec![
            "program",
            "way",
            "clients",
            "a second",
            "runs a second",
            "bare spawns a second",
            "runs to bare",
            "CPU ms a run",
            "CPU ms a bare spawn",
        ],
        rows: rows.collect(),
    }
}

fn memory(report: &BenchReport) -> TableContent {
    let kibibytes = |bytes: f64| format!("{:.0}", bytes / 1024.0);
    let rows = report.memory.iter().flatten().map(|row| {
        vec![
            row.what.to_owned(),
            row.count.to_string(),
            kibibytes(row.processes_bytes),
            kibibytes(row.page_tables_bytes),
            kibibytes(row.kernel_bytes),
        ]
    });
    TableContent {
        title: "Memory of each while it waits, KiB",
        header: vec![
            "",
            "of how many",
            "processes (PSS)",
            "page tables",
            "kernel, whole machine",
        ],
        rows: rows.collect(),
    }
}

fn workload(report: &BenchReport) -> String {
    let Some(workload) = &report.workload else {
        return String::new();
    };
    let mut text = format!(
        "\nWorkload: {} programs, {} at once: {:.1} s ({:.1} programs a second); again, compiled before: {:.1} s \
         ({:.1} a second). {} of {} had the expected outcome.\n\n",
        workload.programs,
        workload.at_once,
        workload.first.seconds,
        workload.first.per_second,
        workload.again.seconds,
        workload.again.per_second,
        workload.agreed,
        workload.programs,
    );
    for program in &workload.disagreed {
        let _ = writeln!(text, "- unexpected outcome: {program}");
    }
    text
}

fn times(summary: TimeSummary) -> [String; 3] {
    [summary.median, summary.p95, summary.p99].map(figure)
}

/// Formats a number with three significant digits.
pub fn figure(value: f64) -> String {
    let digits = match value.abs() {
        large if large >= 100.0 => 0,
        large if large >= 10.0 => 1,
        large if large >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}
