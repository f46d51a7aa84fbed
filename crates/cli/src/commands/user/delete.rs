use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Args;
use letscode_model::{AuditAction, AuditEvent, UserId};
use letscode_store::{ErasedUser, Store};

use crate::commands::account_lookup::find_account;
use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// Erase a user: the account, its keys and sessions, and all submissions with their code and results.
///
/// The user is an account, or an id that an API key vouches for (`moodle/ada`), or that requests state in
/// mode `open`. It can't be undone. What queues keep of the user, events and results of runs, ends by
/// itself within the hours that they are kept for; back-ups are the operator's.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode user delete ada
  letscode user delete --yes moodle/4711

Exit codes: 0 erased, 1 the answer was no, 2 there is nothing of such a user, or an error.")]
pub struct UserDeleteArgs {
    /// User name or id
    #[arg(value_name = "USER")]
    user: String,
    #[command(flatten)]
    location: StoreLocation,
    /// Don't ask. Required where standard input is no terminal
    #[arg(long, short)]
    yes: bool,
}

impl UserDeleteArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let account = runtime.block_on(find_account(&**store, &self.user));
        let id = match account {
            Ok(account) => account.id,
            // Without an account there may be submissions.
            Err(_) => UserId::parse(&self.user).ok_or_else(|| self.unknown())?,
        };
        if !self.yes && !self.confirm(&id)? {
            return Ok(ExitCode::from(1));
        }
        let erased = runtime.block_on(erase(&**store, &id))?;
        if erased == ErasedUser::default() {
            return Err(self.unknown());
        }
        println!(
            "erased {}: {} submissions, {} keys",
            self.user, erased.submissions, erased.keys
        );
        Ok(ExitCode::SUCCESS)
    }

    fn unknown(&self) -> CliError {
        CliError::new(format!("nothing is stored of a user `{}`", self.user))
            .with_help("`letscode user list` shows all accounts")
    }

    fn confirm(&self, id: &UserId) -> Result<bool, CliError> {
        if !std::io::stdin().is_terminal() {
            let message = "standard input is no terminal, so that nobody can be asked";
            return Err(CliError::new(message).with_help("give --yes to erase without a question"));
        }
        eprint!("Erase {} ({id}) and all submissions? [y/N] ", self.user);
        std::io::stderr().flush().map_err(CliError::new)?;
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .map_err(CliError::new)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }
}

/// Cancels first what is being judged, so that its worker gives up.
async fn erase(store: &dyn Store, id: &UserId) -> Result<ErasedUser, CliError> {
    for open in store.open_submissions().await? {
        if open.user_id == *id {
            store.cancel_judgement(open.id).await?;
        }
    }
    let erased = store.erase_user(id).await?;
    if erased != ErasedUser::default() {
        let event = AuditEvent::new(AuditAction::AccountDeleted, AuditEvent::OPERATOR);
        store.record_audit(&event.on(&id.0)).await?;
    }
    Ok(erased)
}
