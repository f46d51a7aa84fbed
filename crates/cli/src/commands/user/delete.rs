use std::io::{IsTerminal, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use letscode_model::{AuditAction, AuditEvent, KeyNamespace, UserId};
use letscode_queue::{Broker, QueueSettings, RedisBroker};
use letscode_store::{ErasedUser, Store, StoreError};

use crate::commands::account_lookup::find_account;
use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::commands::queue::socket::{QueueReply, QueueRequest, ask, perform};
use crate::data_folder::OPERATOR_SOCKET;
use crate::error::CliError;

/// Erase a user: the account, its keys and sessions, and all submissions with their code and results.
///
/// The user is an account, or an id that an API key vouches for (`moodle/ada`), or that requests state in
/// mode `open`. It can't be undone. What waits and runs in a service is cancelled as well: in that of the
/// data folder, or with --database in that of --redis. docs/PRIVACY.md says what stays.
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
    /// With --database: the Redis of the service, to cancel what the user has running
    #[arg(
        long,
        value_name = "URL",
        requires = "database",
        env = "LETSCODE_REDIS",
        hide_env_values = true
    )]
    redis: Option<String>,
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
            Err(_) => KeyNamespace::parse_user(&self.user).ok_or_else(|| self.unknown())?,
        };
        // Before anything is cancelled.
        if runtime.block_on(store.is_last_admin(&id))? {
            return Err(CliError::new(StoreError::LastAdmin)
                .with_help("`letscode user role NAME admin` makes another one"));
        }
        if !self.yes && !self.confirm(&id)? {
            return Ok(ExitCode::from(1));
        }
        let erased = runtime.block_on(async {
            let service = RunningService::find(&self).await?;
            erase(&service, &**store, &id).await
        })?;
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

/// A service that may have something of a user in its queue.
enum RunningService {
    /// `letscode serve` on the same data folder.
    OfFolder(PathBuf),
    Distributed(Broker),
    /// None is known, or none runs.
    Unknown,
}

impl RunningService {
    async fn find(args: &UserDeleteArgs) -> Result<Self, CliError> {
        let socket = args.location.data.join(OPERATOR_SOCKET);
        match (&args.location.database, &args.redis) {
            (Some(_), Some(redis)) => {
                let broker = RedisBroker::connect(redis, QueueSettings::default()).await;
                let broker = broker.map_err(|error| CliError::new(error).about("`--redis`"))?;
                Ok(RunningService::Distributed(Broker::new(broker)))
            }
            (Some(_), None) => Ok(RunningService::Unknown),
            // The socket of a service that was killed is left behind.
            (None, _) if UnixStream::connect(&socket).is_ok() => {
                Ok(RunningService::OfFolder(args.location.data.clone()))
            }
            (None, _) => Ok(RunningService::Unknown),
        }
    }

    /// Ends what the user has waiting and running, and what the queue keeps.
    async fn forget(&self, store: &dyn Store, id: &UserId) -> Result<(), CliError> {
        let request = QueueRequest::Forget { user: id.clone() };
        let reply = match self {
            RunningService::OfFolder(data) => ask(data, &request).await?,
            RunningService::Distributed(broker) => perform(store, broker, request).await,
            RunningService::Unknown => return Ok(()),
        };
        match reply {
            QueueReply::Failed { reason } => Err(CliError::new(reason)),
            _ => Ok(()),
        }
    }
}

/// Stops first what goes on, and what has begun meanwhile once more afterwards.
async fn erase(
    service: &RunningService,
    store: &dyn Store,
    id: &UserId,
) -> Result<ErasedUser, CliError> {
    service.forget(store, id).await?;
    let event = AuditEvent::new(AuditAction::AccountDeleted, AuditEvent::OPERATOR).on(&id.0);
    let erased = store.erase_user(id, &event).await?;
    for id in erased.browsers.iter().chain([id]) {
        service.forget(store, id).await?;
    }
    Ok(erased)
}
