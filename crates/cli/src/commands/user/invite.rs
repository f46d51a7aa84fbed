use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use letscode_model::{
    AuditAction, AuditEvent, Invitation, InvitationId, RandomSecret, Role, UserName,
};
use letscode_store::Store;

use crate::commands::problem::location::{OpenedLocation, StoreLocation};
use crate::error::CliError;

/// Invite somebody: print a link by which one person makes an account.
///
/// The person chooses the name. `letscode user add NAME --invite` is for a name that you choose.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode user invite
  letscode user invite --role setter --days 30

Exit codes: 0 invited, 2 an error.")]
pub struct UserInviteArgs {
    /// Rights of the account: user, setter or admin
    #[arg(long, value_name = "ROLE", default_value_t = Role::User)]
    role: Role,
    /// Days until the invitation ends
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = 7,
        value_parser = clap::value_parser!(u32).range(1..=90)
    )]
    days: u32,
    #[command(flatten)]
    location: StoreLocation,
}

impl UserInviteArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let OpenedLocation { store, runtime, .. } = &self.location.open_or_create()?;
        let invited = InvitedAccount {
            name: None,
            role: self.role,
        };
        let code = runtime.block_on(invited.invite(&**store, self.days))?;
        eprintln!("whoever opens this at the service's address makes an account, once:");
        println!("/register?invitation={}", code.as_text());
        Ok(ExitCode::SUCCESS)
    }
}

/// Account that an invitation allows.
pub struct InvitedAccount {
    pub name: Option<UserName>,
    pub role: Role,
}

impl InvitedAccount {
    /// Returns the code, which is stored as its hash alone.
    pub async fn invite(self, store: &dyn Store, days: u32) -> Result<RandomSecret, CliError> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let lifetime = Duration::from_secs(u64::from(days) * 24 * 3600);
        let secret = RandomSecret::new();
        let invitation = Invitation {
            name: self.name,
            role: self.role,
            created_by: AuditEvent::OPERATOR.to_owned(),
            created_at: now.as_millis() as i64,
            expires_at: (now + lifetime).as_millis() as i64,
        };
        store.add_invitation(&secret.hash(), &invitation).await?;
        let id = InvitationId::of(&secret.hash());
        let event = AuditEvent::new(AuditAction::InvitationAdded, AuditEvent::OPERATOR);
        let name = invitation.name.as_ref().map(UserName::as_str);
        let event = event.on(id.as_str()).with("role", self.role);
        let event = event.with("name", name.unwrap_or_default());
        store.record_audit(&event).await?;
        Ok(secret)
    }
}
