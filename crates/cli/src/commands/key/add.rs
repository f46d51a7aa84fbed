use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use letscode_model::{
    ApiKey, AuditAction, AuditEvent, KeyNamespace, KeyOwner, KeyQuota, KeyScope, RandomSecret,
};
use letscode_store::{MAX_KEYS, NewKey, Store};

use crate::commands::account_lookup::find_account;
use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// Make an API key. It is printed once, and stored as its hash.
///
/// A key vouches for the user ids that its requests state. They are stored as NAMESPACE/ID: keys of one
/// namespace share their users, keys of two never meet. To replace a key, make another one of the same
/// namespace and revoke the old one. A key with --user acts as that account instead.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode key add moodle --scope run --scope submit --scope read --expires 365d
  letscode key add grader --scope run --quota 10000/day
  letscode key add moodle-2027 --namespace moodle --scope run --scope submit --scope read

Exit codes: 0 made, 2 an error.")]
pub struct KeyAddArgs {
    /// Name of the key, for people and the audit log
    #[arg(value_name = "NAME")]
    name: String,
    /// Scopes of the key: run, submit, read, setter or admin; may be repeated
    #[arg(
        long = "scope",
        value_name = "SCOPE",
        required = true,
        value_delimiter = ','
    )]
    scopes: Vec<KeyScope>,
    /// Namespace of the users that it vouches for: `a-z`, `0-9`, `.`, `_`, `-`; by default the key's name
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Act as this account, with its rights at most
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "namespace")]
    user: Option<String>,
    /// Time after which it is no longer valid, such as 90d; never by default
    #[arg(long, value_name = "DAYS", value_parser = days)]
    expires: Option<Duration>,
    /// Number of runs and submissions that it may be used for, such as 10000/day or 500/hour
    #[arg(long, value_name = "N/PERIOD")]
    quota: Option<KeyQuota>,
    #[command(flatten)]
    location: StoreLocation,
}

fn days(text: &str) -> Result<Duration, String> {
    let count = text
        .strip_suffix('d')
        .and_then(|count| count.parse::<u32>().ok());
    let count = count.filter(|count| (1..=36_600).contains(count));
    let count = count.ok_or("a number of days, such as 90d")?;
    Ok(Duration::from_secs(u64::from(count) * 24 * 3600))
}

impl KeyAddArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open_or_create()?;
        let secret = RandomSecret::new_key();
        let key = runtime.block_on(self.add(&**store, &secret))?;
        let owner = match &key.owner {
            KeyOwner::Account(id) => format!("acts as {id}"),
            KeyOwner::Namespace(namespace) => format!("vouches for users {namespace}/…"),
        };
        eprintln!(
            "the key {} ({}) {owner}; it is not shown again:",
            key.name, key.id
        );
        println!("{}", secret.as_text());
        Ok(ExitCode::SUCCESS)
    }

    async fn add(&self, store: &dyn Store, secret: &RandomSecret) -> Result<ApiKey, CliError> {
        let name = letscode_model::plain_title(&self.name);
        if !(1..=ApiKey::MAX_NAME_BYTES).contains(&name.len()) {
            let message = format!("a key's name has 1 to {} bytes", ApiKey::MAX_NAME_BYTES);
            return Err(CliError::new(message));
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let new = NewKey {
            hash: secret.hash(),
            owner: self.owner(store, &name).await?,
            name,
            scopes: self.scopes.iter().copied().collect(),
            quota: self.quota,
            expires_at: self.expires.map(|time| (now + time).as_millis() as i64),
        };
        let key = store.add_key(&new).await?.ok_or_else(|| {
            CliError::new(format!("{MAX_KEYS} keys of this account are valid"))
                .with_help("`letscode key revoke` ends one")
        })?;
        let event = AuditEvent::new(AuditAction::KeyAdded, AuditEvent::OPERATOR);
        let event = event.on(&key.id.to_string()).with("name", &key.name);
        store.record_audit(&event).await?;
        Ok(key)
    }

    async fn owner(&self, store: &dyn Store, name: &str) -> Result<KeyOwner, CliError> {
        if let Some(user) = &self.user {
            return Ok(KeyOwner::Account(find_account(store, user).await?.id));
        }
        let namespace = self.namespace.as_deref().unwrap_or(name);
        let parsed = KeyNamespace::parse(namespace).map(KeyOwner::Namespace);
        parsed.ok_or_else(|| {
            CliError::new(format!("`{namespace}` is no namespace"))
                .with_help("give --namespace 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`")
        })
    }
}
