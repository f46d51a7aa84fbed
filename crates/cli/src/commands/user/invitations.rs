use std::process::ExitCode;

use clap::Args;
use comfy_table::{Table, presets};
use letscode_model::{AuditAction, AuditEvent, InvitationId, UserName};
use serde::Serialize;

use crate::commands::print_json;
use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::commands::times::utc;
use crate::error::CliError;

/// List the invitations that can still be used, or revoke one.
///
/// Their codes are shown when they are made, and never again.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode user invitations
  letscode user invitations --revoke 5f0c3a9d1b2e4f60

Exit codes: 0 listed or revoked, 2 there is no such invitation, or an error.")]
pub struct UserInvitationsArgs {
    /// Revoke the invitation with this id
    #[arg(long, value_name = "ID", conflicts_with = "json")]
    revoke: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: StoreLocation,
}

#[derive(Serialize)]
struct InvitationReport {
    invitations: Vec<InvitationLine>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InvitationLine {
    id: InvitationId,
    name: Option<UserName>,
    role: String,
    created_by: String,
    /// This and the other time: Unix time in milliseconds.
    created_at: i64,
    expires_at: i64,
}

impl UserInvitationsArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open()?;
        if let Some(text) = &self.revoke {
            let unknown = || {
                CliError::new(format!(
                    "there is no invitation `{text}` that can still be used"
                ))
                .with_help("`letscode user invitations` shows all of them")
            };
            let id = InvitationId::parse(text).ok_or_else(unknown)?;
            if !runtime.block_on(store.revoke_invitation(&id))? {
                return Err(unknown());
            }
            let event = AuditEvent::new(AuditAction::InvitationRevoked, AuditEvent::OPERATOR);
            runtime.block_on(store.record_audit(&event.on(id.as_str())))?;
            println!("revoked {id}");
            return Ok(ExitCode::SUCCESS);
        }
        let invitations = runtime.block_on(store.invitations())?.into_iter();
        let invitations = invitations.map(|(id, invitation)| InvitationLine {
            id,
            name: invitation.name,
            role: invitation.role.to_string(),
            created_by: invitation.created_by,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        });
        let invitations: Vec<InvitationLine> = invitations.collect();
        if self.json {
            print_json(&InvitationReport { invitations });
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["id", "name", "role", "by", "ends"]);
        for line in invitations {
            let name = line.name.map(String::from).unwrap_or_default();
            let end = utc(line.expires_at);
            table.add_row([line.id.to_string(), name, line.role, line.created_by, end]);
        }
        println!("{table}");
        Ok(ExitCode::SUCCESS)
    }
}
