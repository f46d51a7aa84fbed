use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use letscode_model::{AuditEvent, FlagSubject, FlagSubjectKind, KeyNamespace, UserName};
use letscode_store::{FlagChange, Store};

use crate::commands::problem::{OpenedLocation, StoreLocation};
use crate::commands::times::{duration, utc};
use crate::error::CliError;

/// Flag a user or an address, as five violations within an hour do.
///
/// `letscode serve --on-flag` says what that means: by default, what they run waits for everybody
/// else's, and goes one at a time.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode user flag mallory --reason 'tried to reach the network'
  letscode user flag --address 203.0.113.7 --for 7d --reason 'a bot'

Exit codes: 0 flagged, 2 there is no such store, or an error.")]
pub struct FlagArgs {
    #[command(flatten)]
    target: FlagTarget,
    /// Time after which the flag ends
    #[arg(long = "for", value_name = "TIME", default_value = "24h", value_parser = duration)]
    duration: Duration,
}

/// Lift the flag of a user or an address before its end.
#[derive(Args)]
#[command(after_help = "Example:
  letscode user unflag ada --reason 'an exercise about sockets'

Exit codes: 0 lifted, 1 there was no flag, 2 there is no such store, or an error.")]
pub struct UnflagArgs {
    #[command(flatten)]
    target: FlagTarget,
}

#[derive(Args)]
struct FlagTarget {
    /// Name of an account, or id of a user, as `letscode violations` shows it
    #[arg(value_name = "NAME")]
    name: String,
    /// NAME is an address, and not a user
    #[arg(long)]
    address: bool,
    /// Reason, for the audit log
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    location: StoreLocation,
}

impl FlagArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.target.location.open()?;
        let change = runtime.block_on(self.target.change(&**store, Some(self.duration)))?;
        if let Some(flag) = runtime.block_on(store.change_flag(&change))? {
            println!("flagged {} until {}", flag.subject, utc(flag.until));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl UnflagArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.target.location.open()?;
        let change = runtime.block_on(self.target.change(&**store, None))?;
        match runtime.block_on(store.change_flag(&change))? {
            Some(flag) => {
                println!("lifted the flag of {}: {}", flag.subject, flag.reason);
                Ok(ExitCode::SUCCESS)
            }
            None => {
                println!("{} is not flagged", change.subject);
                Ok(ExitCode::from(1))
            }
        }
    }
}

impl FlagTarget {
    /// The name is an account's, if there is such an account.
    async fn change(
        &self,
        store: &dyn Store,
        duration: Option<Duration>,
    ) -> Result<FlagChange, CliError> {
        let account = match UserName::parse(&self.name) {
            Ok(name) if !self.address => store.account_by_name(&name).await?,
            _ => None,
        };
        let account = account.map(|account| account.id);
        let name = account
            .or_else(|| KeyNamespace::parse_user(&self.name))
            .ok_or_else(|| CliError::new(format!("{:?} can't be a name", self.name)))?;
        let kind = if self.address {
            FlagSubjectKind::Address
        } else {
            FlagSubjectKind::User
        };
        Ok(FlagChange {
            subject: FlagSubject { kind, name: name.0 },
            duration,
            reason: self.reason.clone(),
            actor: AuditEvent::OPERATOR.to_owned(),
            address: None,
        })
    }
}
