use std::process::ExitCode;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use letscode_model::plain_title;
use letscode_store::ProblemRecord;
use serde::Serialize;

use super::location::{OpenedLocation, StoreLocation};
use crate::commands::{mebibytes, print_json};
use crate::error::CliError;

/// Letters of a version that the table shows.
const SHORT_VERSION: usize = 12;
const NUMBER_COLUMNS: [usize; 5] = [2, 3, 4, 5, 7];

/// List the problems of a service: tests, limits, size, version, submissions.
///
/// The version is a hash of the package's contents: it changes when anything in the package does.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode problem list --data /var/lib/letscode
  letscode problem list --json | jq -r '.problems[] | select(.submissions == 0) | .id'

Exit codes: 0 listed, 2 there is no such store, or an error.")]
pub struct ListArgs {
    #[command(flatten)]
    location: StoreLocation,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ProblemReport {
    problems: Vec<ProblemLine>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemLine {
    id: String,
    title: String,
    total_tests: u32,
    /// Milliseconds.
    time_limit: f64,
    /// Bytes.
    memory_limit: u64,
    bytes: u64,
    version: String,
    submissions: u64,
    /// Unix time in milliseconds.
    imported_at: i64,
}

impl From<ProblemRecord> for ProblemLine {
    fn from(record: ProblemRecord) -> Self {
        ProblemLine {
            id: record.summary.id.to_string(),
            title: plain_title(&record.summary.title),
            total_tests: record.summary.total_tests,
            time_limit: record.summary.time_limit,
            memory_limit: record.summary.memory_limit,
            bytes: record.bytes,
            version: record.digest.to_string(),
            submissions: record.submissions,
            imported_at: record.imported_at,
        }
    }
}

impl ListArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let records = runtime.block_on(store.problem_records())?;
        let problems: Vec<ProblemLine> = records.into_iter().map(ProblemLine::from).collect();
        if self.json {
            print_json(&ProblemReport { problems });
        } else {
            println!("{}", table(&problems));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Formats a package's size; most have less than a mebibyte.
fn size(bytes: u64) -> String {
    if bytes < 1 << 20 {
        return format!("{:.1} KiB", bytes as f64 / 1024.0);
    }
    mebibytes(bytes)
}

fn table(problems: &[ProblemLine]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "id",
        "title",
        "tests",
        "time",
        "memory",
        "size",
        "version",
        "submissions",
    ]);
    for problem in problems {
        table.add_row([
            problem.id.clone(),
            problem.title.clone(),
            problem.total_tests.to_string(),
            format!("{} s", problem.time_limit / 1000.0),
            mebibytes(problem.memory_limit),
            size(problem.bytes),
            problem.version.chars().take(SHORT_VERSION).collect(),
            problem.submissions.to_string(),
        ]);
    }
    for column in NUMBER_COLUMNS {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
