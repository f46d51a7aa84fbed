//! Aims, compared with the measured values.

use super::report::{AimRow, BenchReport};

/// Compares each aim whose value was measured.
pub fn compare(report: &BenchReport) -> Vec<AimRow> {
    let all = runs(report).into_iter().chain(verdicts(report));
    all.chain(rates(report)).chain(memory(report)).collect()
}

fn at_most(title: &str, limit: f64, unit: &'static str, measured: Option<f64>) -> Option<AimRow> {
    let measured = measured?;
    Some(AimRow {
        what: title.to_owned(),
        at_most: Some(limit),
        at_least: None,
        unit,
        measured,
        met: measured <= limit,
    })
}

fn at_least(what: String, limit: f64, measured: Option<f64>) -> Option<AimRow> {
    let measured = measured?;
    Some(AimRow {
        what,
        at_most: None,
        at_least: Some(limit),
        unit: "",
        measured,
        met: measured >= limit,
    })
}

fn runs(report: &BenchReport) -> Vec<AimRow> {
    let kept_cell = |program: &str| {
        let mut rows = report.runs.iter().flatten();
        rows.find(|row| row.program == program && row.way == "kept cell")
    };
    let ratio = |program| kept_cell(program).map(|row| row.ratio);
    let cpu = |program| kept_cell(program).and_then(|row| row.cpu_ratio);
    [
        at_most(
            "static native hello, kept cell / bare spawn",
            1.3,
            "",
            ratio("static native"),
        ),
        at_most(
            "Python hello, kept cell / bare python3",
            0.10,
            "",
            ratio("Python"),
        ),
        at_most("Node hello, kept cell / bare node", 0.20, "", ratio("Node")),
        at_most("Node hello, CPU per run / bare node", 0.20, "", cpu("Node")),
        at_most(
            "a C++ program that computes, kept cell / bare spawn",
            1.02,
            "",
            ratio("C++, computing"),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn verdicts(report: &BenchReport) -> Vec<AimRow> {
    let find = |program: &str, way: &str| {
        let mut rows = report.verdicts.iter().flatten();
        rows.find(|row| row.program == program && row.way == way)
    };
    let cpp = "C++ bits/stdc++.h";
    let python = find("Python", "first").map(|row| row.ratio);
    let first = find(cpp, "first").map(|row| row.ratio);
    let again = find(cpp, "again").map(|row| row.time.median);
    let many = find(cpp, "100 tests").map(|row| row.ratio);
    [
        at_most(
            "POST → verdict, Python, 5 tests / five bare python3",
            0.25,
            "",
            python,
        ),
        at_most(
            "POST → verdict, C++, first time / bare g++ and five runs",
            0.45,
            "",
            first,
        ),
        at_most("POST → verdict, C++, compiled before", 10.0, "ms", again),
        at_most(
            "POST → verdict, C++, compiled before, 100 tests / a hundred bare runs",
            1.5,
            "",
            many,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Aims for throughput, with the largest number of clients that was measured.
fn rates(report: &BenchReport) -> Vec<AimRow> {
    let aim = |program: &str, name: &str, limit: f64| {
        let rows = report.throughput.iter().flatten();
        let cells = rows.filter(|row| row.program == program && row.way == "cells");
        let row = cells.max_by_key(|row| row.clients)?;
        let what = format!(
            "{name} runs a second, {} clients / bare spawns on all cores",
            row.clients
        );
        at_least(what, limit, Some(row.ratio))
    };
    [
        aim("Python", "Python", 5.0),
        aim("static native", "static native", 0.8),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn memory(report: &BenchReport) -> Vec<AimRow> {
    let processes = |what: &str| {
        let mut rows = report.memory.iter().flatten();
        rows.find(|row| row.what == what)
            .map(|row| row.processes_bytes / f64::from(1 << 20))
    };
    [
        at_most("idle memory of a cell", 1.0, "MiB", processes("cell")),
        at_most(
            "idle memory of a Python interpreter",
            4.0,
            "MiB",
            processes("Python interpreter alone"),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
