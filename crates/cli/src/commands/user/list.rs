use std::process::ExitCode;

use clap::Args;
use comfy_table::{Table, presets};
use letscode_model::Account;
use serde::Serialize;

use crate::commands::print_json;
use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// Accounts that are read at once.
const PAGE: u32 = 1000;

/// List the accounts of a service.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode user list --data /var/lib/letscode
  letscode user list --json | jq -r '.users[] | select(.role == \"admin\") | .name'

Exit codes: 0 listed, 2 there is no such store, or an error.")]
pub struct UserListArgs {
    #[command(flatten)]
    location: StoreLocation,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct UserReport {
    users: Vec<UserLine>,
}

/// An account, as it is printed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserLine {
    pub name: String,
    pub id: String,
    pub role: String,
    /// Unix time in milliseconds.
    pub created_at: i64,
}

impl From<Account> for UserLine {
    fn from(account: Account) -> Self {
        UserLine {
            name: account.name.to_string(),
            id: account.id.to_string(),
            role: account.role.to_string(),
            created_at: account.created_at,
        }
    }
}

impl UserListArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let mut users: Vec<UserLine> = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = runtime.block_on(store.accounts(after.as_deref(), PAGE))?;
            users.extend(page.accounts.into_iter().map(UserLine::from));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if self.json {
            print_json(&UserReport { users });
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["name", "role", "id"]);
        for user in users {
            table.add_row([user.name, user.role, user.id]);
        }
        println!("{table}");
        Ok(ExitCode::SUCCESS)
    }
}
