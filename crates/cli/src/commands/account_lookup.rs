use letscode_model::{Account, UserId, UserName};
use letscode_store::Store;

use crate::error::CliError;

/// Returns the account with this name or id.
pub async fn find_account(store: &dyn Store, text: &str) -> Result<Account, CliError> {
    let id = UserId(text.to_owned());
    let account = match UserName::parse(text) {
        _ if id.is_account() => store.account(&id).await?,
        Ok(name) => store.account_by_name(&name).await?,
        Err(_) => None,
    };
    account.ok_or_else(|| {
        CliError::new(format!("there is no account `{text}`"))
            .with_help("`letscode user list` shows all accounts")
    })
}
