use std::process::ExitCode;

use clap::Args;
use letscode_model::{AuditAction, AuditEvent, Role};
use letscode_store::StoreError;

use crate::commands::account_lookup::find_account;
use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// Change the role of an account. It holds from the person's next request on.
#[derive(Args)]
#[command(after_help = "Example:
  letscode user role ada setter

Exit codes: 0 changed, 2 there is no such account, or an error.")]
pub struct UserRoleArgs {
    /// User name or id
    #[arg(value_name = "NAME")]
    name: String,
    /// user, setter or admin
    #[arg(value_name = "ROLE")]
    role: Role,
    #[command(flatten)]
    location: StoreLocation,
}

impl UserRoleArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        runtime.block_on(async {
            let account = find_account(&**store, &self.name).await?;
            let changed = store.set_role(&account.id, self.role).await;
            changed.map_err(|error| {
                let is_last = matches!(error, StoreError::LastAdmin);
                let error = CliError::from(error);
                if is_last {
                    error.with_help("`letscode user role NAME admin` makes another one")
                } else {
                    error
                }
            })?;
            let event = AuditEvent::new(AuditAction::RoleChange, AuditEvent::OPERATOR);
            let event = event.on(&account.id.0).with("role", self.role);
            store.record_audit(&event).await?;
            println!("{} has the role {}", account.name, self.role);
            Ok(ExitCode::SUCCESS)
        })
    }
}
