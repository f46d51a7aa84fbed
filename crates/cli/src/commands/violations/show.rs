use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use letscode_model::{OutputExcerpt, Violation, ViolationEvidence, visible_text};
use serde::Serialize;

use super::export::EvidenceFolder;
use super::format::{cause, place};
use crate::commands::problem::{OpenedLocation, StoreLocation};
use crate::commands::times::utc;
use crate::commands::{mebibytes, print_json};
use crate::error::CliError;

/// Show a violation with its evidence.
///
/// With --export, the evidence is written into a new folder, as files that `letscode run` repeats.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode violations show 17
  letscode violations show 17 --export evidence-17

Exit codes: 0 shown, 2 there is no such violation, the folder is not empty, or an error.")]
pub struct ShowArgs {
    /// Number of the violation
    #[arg(value_name = "ID", value_parser = clap::value_parser!(i64).range(1..))]
    id: i64,
    /// Write the evidence into this folder, which must be new or empty
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: StoreLocation,
}

#[derive(Serialize)]
struct ShownViolation {
    #[serde(flatten)]
    violation: Violation,
    evidence: Option<ViolationEvidence>,
}

impl ShowArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        // Before the process becomes another user, who may not write there.
        let folder = self.export.as_deref().map(EvidenceFolder::create);
        let folder = folder.transpose()?;
        let read = self.read();
        let shown = match (read, folder) {
            (Ok(shown), Some(folder)) => {
                folder.write(&shown.violation, shown.evidence.as_ref())?;
                shown
            }
            (Ok(shown), None) => shown,
            (Err(error), folder) => {
                folder.inspect(EvidenceFolder::remove);
                return Err(error);
            }
        };
        if self.json {
            print_json(&shown);
        } else {
            show(&shown.violation, shown.evidence.as_ref());
        }
        if let Some(folder) = &self.export {
            eprintln!("the evidence is in {}", folder.display());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn read(&self) -> Result<ShownViolation, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let violation = runtime.block_on(store.violation(self.id))?;
        let violation = violation.ok_or_else(|| {
            CliError::new(format!("there is no violation {}", self.id))
                .with_help("`letscode violations` shows all of them")
        })?;
        let evidence = runtime.block_on(store.evidence(self.id))?;
        Ok(ShownViolation {
            violation,
            evidence,
        })
    }
}

fn show(violation: &Violation, evidence: Option<&ViolationEvidence>) {
    let record = &violation.record;
    let address = record.address.as_deref().unwrap_or("unknown");
    println!("violation {} at {}", violation.id, utc(violation.time));
    println!("  what      {}", cause(violation));
    println!("  user      {} from {address}", record.user_id);
    println!("  program   {}, {}", record.language, place(violation));
    println!("  tests     {}", record.count);
    println!("  worker    {}", record.worker);
    let Some(evidence) = evidence else {
        println!(
            "  evidence  none: it is kept for the first ones of a day, and as long as there is room"
        );
        return;
    };
    let memory = mebibytes(evidence.memory_used);
    println!(
        "  used      {:.1} ms CPU, {memory}",
        evidence.execution_time
    );
    println!("  toolchain {}", evidence.toolchain.trim());
    println!("  policy    {}", evidence.policy);
    for file in &evidence.run.files {
        let name = file.name.as_deref().unwrap_or("program");
        print_part(name, &file.content.to_text());
    }
    print_part("input", &evidence.run.stdin.to_text());
    print_part("standard output", &excerpt_text(&evidence.stdout));
    print_part("standard error", &excerpt_text(&evidence.stderr));
}

fn print_part(title: &str, text: &str) {
    if !text.is_empty() {
        let (title, text) = (visible_text(title), visible_text(text));
        println!("\n--- {title} ---\n{}", text.trim_end());
    }
}

fn excerpt_text(output: &OutputExcerpt) -> String {
    let (first, last) = (output.first.to_text(), output.last.to_text());
    let shown = (output.first.len() + output.last.len()) as u64;
    match output.total_bytes.saturating_sub(shown) {
        0 => first + &last,
        missing => format!("{first}\n[{missing} bytes are left out here]\n{last}"),
    }
}
