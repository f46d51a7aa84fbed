use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Args;
use letscode_model::{AuditAction, AuditEvent, ProblemId};
use letscode_store::ProblemRecord;

use super::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// Remove problems from a service.
///
/// They are no longer listed and take no submissions. The submissions that they have stay readable, and
/// open ones are judged. Importing a package of the same id brings the problem back.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode problem remove aplusb
  letscode problem remove --yes --data /var/lib/letscode aplusb hello

Exit codes: 0 all are removed, 1 the answer was no, 2 there is no such problem, and none is removed.")]
pub struct RemoveArgs {
    /// Ids of problems
    #[arg(required = true, value_name = "ID", value_parser = ProblemId::parse)]
    ids: Vec<ProblemId>,
    #[command(flatten)]
    location: StoreLocation,
    /// Don't ask. Required where standard input is no terminal
    #[arg(long, short)]
    yes: bool,
}

impl RemoveArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let records = runtime.block_on(store.problem_records())?;
        let mut ids = self.ids.clone();
        ids.sort();
        ids.dedup();
        let records: Vec<&ProblemRecord> = ids
            .iter()
            .map(|id| record_of(&records, id))
            .collect::<Result<_, _>>()?;
        if !self.yes && !confirm(&records)? {
            return Ok(ExitCode::from(1));
        }
        for record in records {
            let id = &record.summary.id;
            runtime.block_on(store.remove_problem(id))?;
            let event = AuditEvent::new(AuditAction::ProblemRemoved, AuditEvent::OPERATOR);
            runtime.block_on(store.record_audit(&event.on(id.as_str())))?;
            match record.submissions {
                0 => println!("removed {id}"),
                1 => println!("removed {id}; its submission stays readable"),
                count => println!("removed {id}; its {count} submissions stay readable"),
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn record_of<'r>(
    records: &'r [ProblemRecord],
    id: &ProblemId,
) -> Result<&'r ProblemRecord, CliError> {
    let record = records.iter().find(|record| record.summary.id == *id);
    record.ok_or_else(|| {
        CliError::new(format!("there is no problem `{id}`, and none was removed"))
            .with_help("`letscode problem list` shows all problems")
    })
}

/// Asks on the terminal.
fn confirm(records: &[&ProblemRecord]) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() {
        let message = "standard input is no terminal, so that nobody can be asked";
        return Err(CliError::new(message).with_help("give --yes to remove without a question"));
    }
    for record in records {
        let (summary, submissions) = (&record.summary, record.submissions);
        eprintln!(
            "{}: {}, {submissions} submissions",
            summary.id, summary.title
        );
    }
    eprint!("Remove {} of the problems? [y/N] ", records.len());
    std::io::stderr().flush().map_err(CliError::new)?;
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(CliError::new)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
