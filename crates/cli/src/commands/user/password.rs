use std::process::ExitCode;

use clap::Args;
use letscode_model::{AuditAction, AuditEvent};

use super::read_password::read_password;
use crate::commands::account_lookup::find_account;
use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// Set the password of an account, for somebody who has forgotten theirs.
///
/// Asks for the password, or reads it from standard input. All sessions of the account end; its API keys
/// stay.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode user password ada
  pwgen 20 1 | tee password | letscode user password ada --data /var/lib/letscode

Exit codes: 0 set, 2 there is no such account, or an error.")]
pub struct UserPasswordArgs {
    /// User name or id
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    location: StoreLocation,
}

impl UserPasswordArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let account = runtime.block_on(find_account(&**store, &self.name))?;
        let password = read_password(&account.name)?;
        runtime.block_on(async {
            let hash = password.hash();
            if !store.set_password(&account.id, &hash, None).await? {
                return Err(CliError::new(format!(
                    "{} was deleted meanwhile",
                    account.name
                )));
            }
            let event = AuditEvent::new(AuditAction::PasswordChange, AuditEvent::OPERATOR);
            store.record_audit(&event.on(&account.id.0)).await?;
            println!(
                "the password of {} is set; all its sessions have ended",
                account.name
            );
            Ok(ExitCode::SUCCESS)
        })
    }
}
