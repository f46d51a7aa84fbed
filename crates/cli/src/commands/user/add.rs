use std::process::ExitCode;

use clap::Args;
use letscode_model::{AuditAction, AuditEvent, Role, UserName};
use letscode_store::{NewAccount, NewRegistration, Store};

use super::invite::InvitedAccount;
use super::read_password::read_password;
use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

const INVITATION_DAYS: u32 = 7;

/// Make an account, the first admin for example.
///
/// Asks for the password, or reads it from standard input. With --invite, prints a link that lets one
/// person choose it, within seven days, whatever --registration says.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode user add ada --role admin
  letscode user add ada --role setter --invite
  pwgen 20 1 | tee password | letscode user add robot --data /var/lib/letscode

Exit codes: 0 made, 2 the name is taken, or an error.")]
pub struct UserAddArgs {
    /// User name: 2 to 32 letters, digits, `.`, `_` or `-`
    #[arg(value_name = "NAME", value_parser = UserName::parse)]
    name: UserName,
    /// Rights of the account: user, setter or admin
    #[arg(long, value_name = "ROLE", default_value_t = Role::User)]
    role: Role,
    /// Print an invitation in place of asking for a password
    #[arg(long)]
    invite: bool,
    #[command(flatten)]
    location: StoreLocation,
}

impl UserAddArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let password = if self.invite {
            None
        } else {
            Some(read_password(&self.name)?)
        };
        let OpenedLocation { store, runtime, .. } = &self.location.open_or_create()?;
        match password {
            None => runtime.block_on(self.invite(&**store))?,
            Some(password) => runtime.block_on(self.add(&**store, password.hash()))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn add(&self, store: &dyn Store, password_hash: String) -> Result<(), CliError> {
        let new = NewAccount {
            name: self.name.clone(),
            role: self.role,
            password_hash: Some(password_hash),
            identity: None,
        };
        let NewRegistration::Registered(account) = store.register(&new, None).await? else {
            return Err(self.taken());
        };
        let event = AuditEvent::new(AuditAction::AccountCreated, AuditEvent::OPERATOR);
        let event = event
            .on(&account.id.0)
            .with("name", &account.name)
            .with("role", self.role);
        store.record_audit(&event).await?;
        println!(
            "{} may log in, with the role {}",
            account.name, account.role
        );
        Ok(())
    }

    async fn invite(&self, store: &dyn Store) -> Result<(), CliError> {
        if store.account_by_name(&self.name).await?.is_some() {
            return Err(self.taken());
        }
        let invited = InvitedAccount {
            name: Some(self.name.clone()),
            role: self.role,
        };
        let code = invited.invite(store, INVITATION_DAYS).await?;
        eprintln!(
            "{} registers within seven days, once, at the service's address and",
            self.name
        );
        println!("/register?invitation={}", code.as_text());
        Ok(())
    }

    fn taken(&self) -> CliError {
        let message = format!(
            "there is an account `{}`, or one that looks like it",
            self.name
        );
        CliError::new(message).with_help("`letscode user list` shows all accounts")
    }
}
