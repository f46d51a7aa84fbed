use std::process::ExitCode;

use clap::Args;
use letscode_model::{ApiKey, AuditAction, AuditEvent};

use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// Revoke an API key, at once and for ever.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode key revoke moodle
  letscode key revoke 550e8400-e29b-41d4-a716-446655440000

Exit codes: 0 revoked, 2 there is no such key, or an error.")]
pub struct KeyRevokeArgs {
    /// Id of the key, or its name if no other valid key has it
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    location: StoreLocation,
}

impl KeyRevokeArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        runtime.block_on(async {
            let keys = store.keys(None).await?;
            let key = self.find(&keys)?;
            store.revoke_key(key.id).await?;
            let event = AuditEvent::new(AuditAction::KeyRevoked, AuditEvent::OPERATOR);
            let event = event.on(&key.id.to_string()).with("name", &key.name);
            store.record_audit(&event).await?;
            println!("revoked {} ({})", key.name, key.id);
            Ok(ExitCode::SUCCESS)
        })
    }

    fn find<'k>(&self, keys: &'k [ApiKey]) -> Result<&'k ApiKey, CliError> {
        let is_meant = |key: &&ApiKey| key.id.to_string() == self.key || key.name == self.key;
        let valid = keys.iter().filter(|key| key.revoked_at.is_none());
        let matching: Vec<&ApiKey> = valid.filter(is_meant).collect();
        let help = "`letscode key list` shows all keys with their ids";
        match matching.as_slice() {
            [key] => Ok(key),
            [] => {
                let message = format!("there is no key `{}` that is not revoked", self.key);
                Err(CliError::new(message).with_help(help))
            }
            keys => {
                let message = format!("{} keys are called `{}`: give an id", keys.len(), self.key);
                Err(CliError::new(message).with_help(help))
            }
        }
    }
}
