use async_trait::async_trait;
use letscode_model::{
    Account, AccountIdentity, Invitation, InvitationId, Role, SecretHash, UserId, UserName,
};

use crate::StoreError;
use crate::clock::unix_millis;
use crate::database_row::{SubmissionRow, corrupt};

/// An account that is to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub name: UserName,
    pub role: Role,
    /// PHC string; absent for accounts that log in at an OpenID provider.
    pub password_hash: Option<String>,
    pub identity: Option<AccountIdentity>,
}

/// Result of [`AccountStore::register`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewRegistration {
    Registered(Account),
    /// Somebody has this name, or one that looks like it.
    NameTaken,
    /// The identity has an account already.
    IdentityTaken,
    /// The invitation is unknown, used or expired.
    NotInvited,
}

/// Part of the list of accounts, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPage {
    pub accounts: Vec<Account>,
    /// Name to go on after; absent on the last page.
    pub next: Option<String>,
}

/// Accounts and invitations. Changes survive a power failure once they return.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Makes an account. With an invitation, that one is used up in the same transaction, and decides
    /// the role.
    async fn register(
        &self,
        new: &NewAccount,
        invitation: Option<&SecretHash>,
    ) -> Result<NewRegistration, StoreError>;

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError>;

    async fn account_by_name(&self, name: &UserName) -> Result<Option<Account>, StoreError>;

    /// Returns accounts by name, after `after`, at most `limit` of them.
    async fn accounts(&self, after: Option<&str>, limit: u32) -> Result<AccountPage, StoreError>;

    /// Returns the hash of an account's password, if it has one.
    async fn password_hash(&self, id: &UserId) -> Result<Option<String>, StoreError>;

    /// Changes a password and ends the account's sessions but `keep`, in one transaction. False if there
    /// is no such account.
    async fn set_password(
        &self,
        id: &UserId,
        password_hash: &str,
        keep: Option<&SecretHash>,
    ) -> Result<bool, StoreError>;

    /// Changes a role. False if there is no such account. The last admin stays one.
    async fn set_role(&self, id: &UserId, role: Role) -> Result<bool, StoreError>;

    /// Changes a name. `NameTaken` if somebody has it.
    async fn rename(&self, id: &UserId, name: &UserName) -> Result<bool, StoreError>;

    async fn add_invitation(
        &self,
        hash: &SecretHash,
        invitation: &Invitation,
    ) -> Result<(), StoreError>;

    /// Returns an invitation that can still be used.
    async fn invitation(&self, hash: &SecretHash) -> Result<Option<Invitation>, StoreError>;

    /// Returns the invitations that can still be used, newest first, at most [`MAX_LISTED_INVITATIONS`].
    async fn invitations(&self) -> Result<Vec<(InvitationId, Invitation)>, StoreError>;

    /// Ends an invitation that was not used. False if there is none.
    async fn revoke_invitation(&self, id: &InvitationId) -> Result<bool, StoreError>;

    /// True if an account is the only admin.
    async fn is_last_admin(&self, id: &UserId) -> Result<bool, StoreError>;
}

/// Invitations in a list.
pub const MAX_LISTED_INVITATIONS: i64 = 1000;
/// Finds the account if it is the only admin.
pub(super) const LAST_ADMIN: &str = "SELECT id FROM accounts WHERE id = $1 AND role = 'admin' \
     AND NOT EXISTS (SELECT 1 FROM accounts WHERE role = 'admin' AND id <> $1)";
const ACCOUNT: &str = "SELECT id, name, role, created_at FROM accounts WHERE id = $1";

pub(super) fn account(row: &impl SubmissionRow) -> Result<Account, StoreError> {
    Ok(Account {
        id: UserId(row.text("id")?),
        name: user_name(&row.text("name")?)?,
        role: role(row)?,
        created_at: row.integer("created_at")?,
    })
}

pub(super) fn user_name(text: &str) -> Result<UserName, StoreError> {
    UserName::parse(text).map_err(corrupt("a user name"))
}

pub(super) fn role(row: &impl SubmissionRow) -> Result<Role, StoreError> {
    row.text("role")?.parse().map_err(corrupt("a role"))
}

fn invitation(row: &impl SubmissionRow) -> Result<Invitation, StoreError> {
    let name = row.optional_text("name")?;
    Ok(Invitation {
        name: name.as_deref().map(user_name).transpose()?,
        role: role(row)?,
        created_by: row.text("created_by")?,
        created_at: row.integer("created_at")?,
        expires_at: row.integer("expires_at")?,
    })
}

fn invitation_id(row: &impl SubmissionRow) -> Result<InvitationId, StoreError> {
    let digits: String = row.text("hash")?.chars().take(16).collect();
    InvitationId::parse(&digits)
        .ok_or("no hash")
        .map_err(corrupt("an invitation's hash"))
}

/// True if a statement was refused because something unique is there already.
pub(super) fn is_taken(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(refusal) if refusal.is_unique_violation())
}

for_both_stores! {
impl AccountStore {
    async fn register(
        &self,
        new: &NewAccount,
        invitation_hash: Option<&SecretHash>,
    ) -> Result<NewRegistration, StoreError> {
        let now = unix_millis();
        let mut transaction = self.begin_write().await?;
        let mut new_record = Account {
            id: UserId::new_account(),
            name: new.name.clone(),
            role: new.role,
            created_at: now,
        };
        if let Some(hash) = invitation_hash {
            let used = sqlx::query(
                "DELETE FROM invitations WHERE hash = $1 AND expires_at > $2 \
                 RETURNING name, role, created_by, created_at, expires_at",
            )
            .bind(hash.as_str())
            .bind(now)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(row) = used else { return Ok(NewRegistration::NotInvited) };
            let used = invitation(&row)?;
            if used.name.is_some_and(|name| name != new.name) {
                return Ok(NewRegistration::NotInvited);
            }
            new_record.role = used.role;
        }
        let inserted = sqlx::query(
            "INSERT INTO accounts (id, name, look, role, password_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&new_record.id.0)
        .bind(new_record.name.as_str())
        .bind(new_record.name.look())
        .bind(new_record.role.to_string())
        .bind(new.password_hash.clone())
        .bind(now)
        .execute(&mut *transaction)
        .await;
        if inserted.as_ref().is_err_and(is_taken) {
            return Ok(NewRegistration::NameTaken);
        }
        inserted?;
        if let Some(identity) = &new.identity {
            let linked = sqlx::query(
                "INSERT INTO identities (issuer, subject, account) VALUES ($1, $2, $3)",
            )
            .bind(&identity.issuer)
            .bind(&identity.subject)
            .bind(&new_record.id.0)
            .execute(&mut *transaction)
            .await;
            if linked.as_ref().is_err_and(is_taken) {
                return Ok(NewRegistration::IdentityTaken);
            }
            linked?;
        }
        transaction.commit().await?;
        Ok(NewRegistration::Registered(new_record))
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(ACCOUNT).bind(&id.0).fetch_optional(self.read_pool()).await?;
        row.as_ref().map(account).transpose()
    }

    async fn account_by_name(&self, name: &UserName) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(
            "SELECT id, name, role, created_at FROM accounts WHERE look = $1 AND name = $2",
        )
        .bind(name.look())
        .bind(name.as_str())
        .fetch_optional(self.read_pool())
        .await?;
        row.as_ref().map(account).transpose()
    }

    async fn accounts(&self, after: Option<&str>, limit: u32) -> Result<AccountPage, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, role, created_at FROM accounts WHERE name > $1 \
             ORDER BY name LIMIT $2",
        )
        .bind(after.unwrap_or_default().to_owned())
        .bind(i64::from(limit) + 1)
        .fetch_all(self.read_pool())
        .await?;
        let mut accounts = rows.iter().map(account).collect::<Result<Vec<_>, _>>()?;
        let is_last = accounts.len() <= limit as usize;
        accounts.truncate(limit as usize);
        let next = accounts.last().filter(|_| !is_last);
        Ok(AccountPage { next: next.map(|last| last.name.to_string()), accounts })
    }

    async fn password_hash(&self, id: &UserId) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT password_hash FROM accounts WHERE id = $1")
            .bind(&id.0)
            .fetch_optional(self.read_pool())
            .await?;
        row.map_or(Ok(None), |row| row.optional_text("password_hash"))
    }

    async fn set_password(
        &self,
        id: &UserId,
        password_hash: &str,
        keep: Option<&SecretHash>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write().await?;
        let changed = sqlx::query("UPDATE accounts SET password_hash = $2 WHERE id = $1")
            .bind(&id.0)
            .bind(password_hash.to_owned())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM sessions WHERE account = $1 AND hash <> $2")
            .bind(&id.0)
            .bind(keep.map_or("", SecretHash::as_str).to_owned())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(changed.rows_affected() == 1)
    }

    async fn set_role(&self, id: &UserId, role: Role) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write().await?;
        Self::lock_admins(&mut transaction).await?;
        if role != Role::Admin {
            let last = sqlx::query(LAST_ADMIN).bind(&id.0).fetch_optional(&mut *transaction).await?;
            if last.is_some() {
                return Err(StoreError::LastAdmin);
            }
        }
        let changed = sqlx::query("UPDATE accounts SET role = $2 WHERE id = $1")
            .bind(&id.0)
            .bind(role.to_string())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(changed.rows_affected() == 1)
    }

    async fn rename(&self, id: &UserId, name: &UserName) -> Result<bool, StoreError> {
        let changed = sqlx::query("UPDATE accounts SET name = $2, look = $3 WHERE id = $1")
            .bind(&id.0)
            .bind(name.as_str())
            .bind(name.look())
            .execute(self.write_pool())
            .await;
        match changed {
            Err(error) if is_taken(&error) => Ok(false),
            changed => Ok(changed?.rows_affected() == 1),
        }
    }

    async fn add_invitation(
        &self,
        hash: &SecretHash,
        invitation: &Invitation,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO invitations (hash, name, role, created_by, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(hash.as_str())
        .bind(invitation.name.as_ref().map(|name| name.as_str().to_owned()))
        .bind(invitation.role.to_string())
        .bind(invitation.created_by.clone())
        .bind(invitation.created_at)
        .bind(invitation.expires_at)
        .execute(self.write_pool())
        .await?;
        Ok(())
    }

    async fn invitation(&self, hash: &SecretHash) -> Result<Option<Invitation>, StoreError> {
        let row = sqlx::query(
            "SELECT name, role, created_by, created_at, expires_at FROM invitations \
             WHERE hash = $1 AND expires_at > $2",
        )
        .bind(hash.as_str())
        .bind(unix_millis())
        .fetch_optional(self.read_pool())
        .await?;
        row.as_ref().map(invitation).transpose()
    }

    async fn invitations(&self) -> Result<Vec<(InvitationId, Invitation)>, StoreError> {
        let rows = sqlx::query(
            "SELECT hash, name, role, created_by, created_at, expires_at FROM invitations \
             WHERE expires_at > $1 ORDER BY created_at DESC, hash LIMIT $2",
        )
        .bind(unix_millis())
        .bind(MAX_LISTED_INVITATIONS)
        .fetch_all(self.read_pool())
        .await?;
        let entry = |row: &_| Ok((invitation_id(row)?, invitation(row)?));
        rows.iter().map(entry).collect()
    }

    async fn revoke_invitation(&self, id: &InvitationId) -> Result<bool, StoreError> {
        let revoked = sqlx::query(
            "DELETE FROM invitations WHERE substr(hash, 1, 16) = $1 AND expires_at > $2",
        )
        .bind(id.as_str().to_owned())
        .bind(unix_millis())
        .execute(self.write_pool())
        .await?;
        Ok(revoked.rows_affected() > 0)
    }

    async fn is_last_admin(&self, id: &UserId) -> Result<bool, StoreError> {
        let row = sqlx::query(LAST_ADMIN).bind(&id.0).fetch_optional(self.read_pool()).await?;
        Ok(row.is_some())
    }
}
}
