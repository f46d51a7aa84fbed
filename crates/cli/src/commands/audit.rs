use std::process::ExitCode;

use clap::Args;
use comfy_table::{Table, presets};
use letscode_model::{AuditAction, AuditEntry};
use letscode_store::AuditFilter;
use serde::Serialize;

use super::pages::read_pages;
use super::print_json;
use super::problem::{OpenedLocation, StoreLocation};
use super::times::{since, utc};
use crate::error::CliError;

/// Show who did what: violations, log-ins, keys, roles, problems, rejudges, flags.
///
/// The newest events come first. They are kept for as long as `letscode serve --keep-audit` says.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode audit --since 24h
  letscode audit --user ada --action failed-log-in --json

Exit codes: 0 shown, 2 there is no such store, or an error.")]
pub struct AuditArgs {
    /// Only events by this user, key or operator, or on them
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only events of this kind
    #[arg(long, value_name = "ACTION", value_parser = action)]
    action: Option<AuditAction>,
    /// Only events since this date, such as 2026-11-30, or for so long, such as 2h or 7d
    #[arg(long, value_name = "TIME", value_parser = since, allow_hyphen_values = false)]
    since: Option<i64>,
    /// Most events
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: StoreLocation,
}

#[derive(Serialize)]
struct AuditReport {
    events: Vec<AuditEntry>,
}

fn action(text: &str) -> Result<AuditAction, String> {
    let names: Vec<&str> = AuditAction::ALL
        .iter()
        .map(|action| action.as_str())
        .collect();
    let unknown = |_| format!("the actions are {}", names.join(", "));
    text.parse().map_err(unknown)
}

impl AuditArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let mut filter = AuditFilter {
            user: self.user.clone(),
            action: self.action,
            since: self.since,
            ..AuditFilter::default()
        };
        let events = read_pages(self.limit, |before| {
            filter.before = before;
            let page = runtime.block_on(store.list_audit(&filter))?;
            Ok((page.entries, page.next_before))
        })?;
        if self.json {
            print_json(&AuditReport { events });
        } else {
            println!("{}", table(&events));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn table(events: &[AuditEntry]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["time", "action", "by", "from", "on", "details"]);
    for AuditEntry { time, event, .. } in events {
        let details = event.details.iter();
        let details: Vec<String> = details
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        table.add_row([
            utc(*time),
            event.action.as_str().to_owned(),
            event.actor.clone(),
            event.address.clone().unwrap_or_default(),
            event.subject.clone().unwrap_or_default(),
            details.join(" "),
        ]);
    }
    table
}
