mod export;
mod format;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use letscode_model::{UserId, Violation};
use letscode_store::ViolationFilter;
use serde::Serialize;

use self::format::{cause, place};
use super::pages::read_pages;
use super::print_json;
use super::problem::{OpenedLocation, StoreLocation};
use super::times::{since, utc};
use crate::error::CliError;

/// Show programs that were ended for something that they may not do.
///
/// The newest come first. They are kept for as long as `letscode serve --keep-audit` says.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  letscode violations --since 24h
  letscode violations --user mallory --json
  letscode violations show 17 --export evidence-17

Exit codes: 0 shown, 2 there is no such store or violation, or an error."
)]
pub struct ViolationsArgs {
    #[command(subcommand)]
    command: Option<ViolationsCommand>,
    #[command(flatten)]
    list: ViolationListArgs,
}

#[derive(Subcommand)]
enum ViolationsCommand {
    Show(show::ShowArgs),
}

#[derive(Args)]
struct ViolationListArgs {
    /// Only violations of this user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only violations since this date, such as 2026-11-30, or for so long, such as 2h or 7d
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<i64>,
    /// Most violations
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: StoreLocation,
}

#[derive(Serialize)]
struct ViolationReport {
    violations: Vec<Violation>,
}

impl ViolationsArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        match self.command {
            Some(ViolationsCommand::Show(show)) => show.execute(),
            None => self.list.execute(),
        }
    }
}

impl ViolationListArgs {
    fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let mut filter = ViolationFilter {
            user_id: self.user.clone().map(UserId),
            since: self.since,
            ..ViolationFilter::default()
        };
        let violations = read_pages(self.limit, |before| {
            filter.before = before;
            let page = runtime.block_on(store.list_violations(&filter))?;
            Ok((page.violations, page.next_before))
        })?;
        if self.json {
            print_json(&ViolationReport { violations });
        } else {
            println!("{}", table(&violations));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn table(violations: &[Violation]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "id", "time", "user", "from", "language", "what", "where", "evidence",
    ]);
    for violation in violations {
        let record = &violation.record;
        let evidence = if violation.has_evidence {
            "kept"
        } else {
            "none"
        };
        table.add_row([
            violation.id.to_string(),
            utc(violation.time),
            record.user_id.to_string(),
            record.address.clone().unwrap_or_default(),
            record.language.to_string(),
            cause(violation),
            place(violation),
            evidence.to_owned(),
        ]);
    }
    table
}
