use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use comfy_table::{Table, presets};
use letscode_model::{ApiKey, KeyOwner};
use serde::Serialize;

use crate::commands::print_json;
use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// List the API keys of a service, newest first, without their secrets.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode key list --data /var/lib/letscode
  letscode key list --json | jq -r '.keys[] | select(.state == \"valid\") | .name'

Exit codes: 0 listed, 2 there is no such store, or an error.")]
pub struct KeyListArgs {
    #[command(flatten)]
    location: StoreLocation,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct KeyReport {
    keys: Vec<KeyLine>,
}

/// An API key, as it is printed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyLine {
    pub id: String,
    pub name: String,
    state: &'static str,
    account: Option<String>,
    namespace: Option<String>,
    scopes: Vec<String>,
    quota: Option<String>,
    /// This and the other times: Unix time in milliseconds.
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl KeyLine {
    pub fn state(&self) -> &str {
        self.state
    }
}

impl From<ApiKey> for KeyLine {
    fn from(key: ApiKey) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let is_valid = key.is_valid_at(now.as_millis() as i64);
        let (account, namespace) = match key.owner {
            KeyOwner::Account(id) => (Some(id.0), None),
            KeyOwner::Namespace(namespace) => (None, Some(namespace.to_string())),
        };
        KeyLine {
            id: key.id.to_string(),
            name: key.name,
            state: match key.revoked_at {
                Some(_) => "revoked",
                None if is_valid => "valid",
                None => "expired",
            },
            account,
            namespace,
            scopes: key.scopes.iter().map(ToString::to_string).collect(),
            quota: key.quota.map(|quota| quota.to_string()),
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

impl KeyListArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let keys = runtime.block_on(store.keys(None))?;
        let keys: Vec<KeyLine> = keys.into_iter().map(KeyLine::from).collect();
        if self.json {
            print_json(&KeyReport { keys });
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["name", "state", "for", "scopes", "quota", "id"]);
        for key in keys {
            let users = key.namespace.map(|namespace| format!("{namespace}/…"));
            table.add_row([
                key.name,
                key.state.to_owned(),
                users.or(key.account).unwrap_or_default(),
                key.scopes.join(", "),
                key.quota.unwrap_or_default(),
                key.id,
            ]);
        }
        println!("{table}");
        Ok(ExitCode::SUCCESS)
    }
}
