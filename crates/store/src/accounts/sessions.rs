use async_trait::async_trait;
use letscode_model::{Account, SecretHash, UserId};

use super::people::{role, user_name};
use crate::StoreError;
use crate::clock::unix_millis;
use crate::database_row::SubmissionRow;

/// A log-in that is to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    pub hash: SecretHash,
    pub account: UserId,
    /// Unix time in milliseconds.
    pub expires_at: i64,
}

/// A log-in that is at an OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLogin {
    pub hash: SecretHash,
    /// Whatever is needed when the browser comes back.
    pub details: String,
    /// Address of the browser, if it is known.
    pub address: Option<String>,
    /// Unix time in milliseconds.
    pub expires_at: i64,
}

/// Sessions of one account; the oldest end when more begin.
const MAX_SESSIONS: i64 = 50;
/// Log-ins that may be at an OpenID provider at once.
const MAX_PENDING_LOGINS: i64 = 10_000;
/// Of these, those of one address; the oldest end when more begin.
const MAX_PENDING_OF_ADDRESS: i64 = 20;

/// Sessions of people who are logged in.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Begins a session. Of more than 50 of an account, the oldest end.
    async fn add_session(&self, new: &NewSession) -> Result<(), StoreError>;

    /// Returns the account of a session that has not ended, as the account is now.
    async fn session_account(&self, hash: &SecretHash) -> Result<Option<Account>, StoreError>;

    /// Ends one session. False if there is none.
    async fn end_session(&self, hash: &SecretHash) -> Result<bool, StoreError>;

    /// Ends all sessions of an account; returns how many.
    async fn end_sessions(&self, account: &UserId) -> Result<u64, StoreError>;

    /// Remembers a log-in until its browser comes back. Of more than 20 of an address, the oldest end.
    /// False if 10,000 are pending.
    async fn add_pending_login(&self, pending: &PendingLogin) -> Result<bool, StoreError>;

    /// Returns the details of a pending log-in and forgets it: the second time there is none.
    async fn take_pending_login(&self, hash: &SecretHash) -> Result<Option<String>, StoreError>;

    /// Forgets sessions, pending log-ins and invitations whose time is over.
    async fn forget_expired(&self) -> Result<(), StoreError>;
}

for_both_stores! {
impl SessionStore {
    async fn add_session(&self, new: &NewSession) -> Result<(), StoreError> {
        let mut transaction = self.begin_write().await?;
        sqlx::query(
            "INSERT INTO sessions (hash, account, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(new.hash.as_str())
        .bind(&new.account.0)
        .bind(unix_millis())
        .bind(new.expires_at)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM sessions WHERE account = $1 AND hash NOT IN \
                 (SELECT hash FROM sessions WHERE account = $1 \
                  ORDER BY CASE WHEN hash = $2 THEN 0 ELSE 1 END, created_at DESC LIMIT $3)",
        )
        .bind(&new.account.0)
        .bind(new.hash.as_str())
        .bind(MAX_SESSIONS)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn session_account(&self, hash: &SecretHash) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(
            "SELECT a.id, a.name, a.role, a.created_at \
             FROM sessions s JOIN accounts a ON a.id = s.account \
             WHERE s.hash = $1 AND s.expires_at > $2",
        )
        .bind(hash.as_str())
        .bind(unix_millis())
        .fetch_optional(self.read_pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Account {
            id: UserId(row.text("id")?),
            name: user_name(&row.text("name")?)?,
            role: role(&row)?,
            created_at: row.integer("created_at")?,
        }))
    }

    async fn end_session(&self, hash: &SecretHash) -> Result<bool, StoreError> {
        let ended = sqlx::query("DELETE FROM sessions WHERE hash = $1")
            .bind(hash.as_str())
            .execute(self.write_pool())
            .await?;
        Ok(ended.rows_affected() == 1)
    }

    async fn end_sessions(&self, account: &UserId) -> Result<u64, StoreError> {
        let ended = sqlx::query("DELETE FROM sessions WHERE account = $1")
            .bind(&account.0)
            .execute(self.write_pool())
            .await?;
        Ok(ended.rows_affected())
    }

    async fn add_pending_login(&self, pending: &PendingLogin) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write().await?;
        sqlx::query(
            "DELETE FROM pending_logins WHERE address = $1 AND hash NOT IN \
                 (SELECT hash FROM pending_logins WHERE address = $1 \
                  ORDER BY expires_at DESC LIMIT $2)",
        )
        .bind(pending.address.clone())
        .bind(MAX_PENDING_OF_ADDRESS - 1)
        .execute(&mut *transaction)
        .await?;
        let added = sqlx::query(
            "INSERT INTO pending_logins (hash, details, address, expires_at) \
             SELECT $1, $2, $3, $4 \
             WHERE (SELECT count(*) FROM pending_logins WHERE expires_at > $5) < $6",
        )
        .bind(pending.hash.as_str())
        .bind(pending.details.clone())
        .bind(pending.address.clone())
        .bind(pending.expires_at)
        .bind(unix_millis())
        .bind(MAX_PENDING_LOGINS)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(added.rows_affected() == 1)
    }

    async fn take_pending_login(&self, hash: &SecretHash) -> Result<Option<String>, StoreError> {
        let row = sqlx::query(
            "DELETE FROM pending_logins WHERE hash = $1 AND expires_at > $2 RETURNING details",
        )
        .bind(hash.as_str())
        .bind(unix_millis())
        .fetch_optional(self.write_pool())
        .await?;
        row.map(|row| row.text("details")).transpose()
    }

    async fn forget_expired(&self) -> Result<(), StoreError> {
        for delete in [
            "DELETE FROM sessions WHERE expires_at <= $1",
            "DELETE FROM pending_logins WHERE expires_at <= $1",
            "DELETE FROM invitations WHERE expires_at <= $1",
        ] {
            sqlx::query(delete).bind(unix_millis()).execute(self.write_pool()).await?;
        }
        Ok(())
    }
}
}
