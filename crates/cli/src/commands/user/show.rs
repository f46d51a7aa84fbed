use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::list::UserLine;
use crate::commands::account_lookup::find_account;
use crate::commands::key::KeyLine;
use crate::commands::print_json;
use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// Show an account: its role, keys and submissions in figures.
#[derive(Args)]
#[command(after_help = "Example:
  letscode user show ada --json

Exit codes: 0 shown, 2 there is no such account, or an error.")]
pub struct UserShowArgs {
    /// User name or id
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    location: StoreLocation,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserDetail {
    #[serde(flatten)]
    user: UserLine,
    has_password: bool,
    solved: Vec<String>,
    submissions: u64,
    keys: Vec<KeyLine>,
}

impl UserShowArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        let detail = runtime.block_on(async {
            let account = find_account(&**store, &self.name).await?;
            let profile = store.profile(&account.id, 0).await?;
            let keys = store.keys(Some(&account.id)).await?;
            Ok::<_, CliError>(UserDetail {
                has_password: store.password_hash(&account.id).await?.is_some(),
                solved: profile.solved.iter().map(ToString::to_string).collect(),
                submissions: profile.activity.values().sum(),
                keys: keys.into_iter().map(KeyLine::from).collect(),
                user: account.into(),
            })
        })?;
        if self.json {
            print_json(&detail);
            return Ok(ExitCode::SUCCESS);
        }
        println!("name         {}", detail.user.name);
        println!("id           {}", detail.user.id);
        println!("role         {}", detail.user.role);
        println!(
            "password     {}",
            if detail.has_password { "yes" } else { "no" }
        );
        println!("submissions  {}", detail.submissions);
        println!("solved       {}", detail.solved.join(", "));
        let keys = detail
            .keys
            .iter()
            .map(|key| format!("{} ({})", key.name, key.state()));
        println!("keys         {}", keys.collect::<Vec<String>>().join(", "));
        Ok(ExitCode::SUCCESS)
    }
}
