//! Accounts at OpenID providers that log in as accounts here.

use async_trait::async_trait;
use letscode_model::{Account, AccountIdentity, UserId};

use super::people::account;
use crate::StoreError;
use crate::database_row::SubmissionRow;

/// Identities that one account may have.
pub const MAX_IDENTITIES: i64 = 10;

/// Result of [`IdentityStore::unlink_identity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlinkedIdentity {
    Unlinked,
    /// The account has no such identity.
    NotFound,
    /// Without it nobody could log in as the account any more.
    LastWayIn,
}

/// Identities of accounts.
#[async_trait]
pub trait IdentityStore: Send + Sync {
    async fn account_by_identity(
        &self,
        identity: &AccountIdentity,
    ) -> Result<Option<Account>, StoreError>;

    /// Lets an identity log in as an account. False if it has one already, or the account has
    /// [`MAX_IDENTITIES`].
    async fn link_identity(
        &self,
        account: &UserId,
        identity: &AccountIdentity,
    ) -> Result<bool, StoreError>;

    /// Returns the identities of an account.
    async fn identities(&self, account: &UserId) -> Result<Vec<AccountIdentity>, StoreError>;

    /// Ends that an identity logs in as an account, unless it is the only way in.
    async fn unlink_identity(
        &self,
        account: &UserId,
        identity: &AccountIdentity,
    ) -> Result<UnlinkedIdentity, StoreError>;
}

for_both_stores! {
impl IdentityStore {
    async fn account_by_identity(
        &self,
        identity: &AccountIdentity,
    ) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(
            "SELECT a.id, a.name, a.role, a.created_at \
             FROM accounts a JOIN identities i ON i.account = a.id \
             WHERE i.issuer = $1 AND i.subject = $2",
        )
        .bind(identity.issuer.clone())
        .bind(identity.subject.clone())
        .fetch_optional(self.read_pool())
        .await?;
        row.as_ref().map(account).transpose()
    }

    async fn link_identity(
        &self,
        owner: &UserId,
        identity: &AccountIdentity,
    ) -> Result<bool, StoreError> {
        let linked = sqlx::query(
            "INSERT INTO identities (issuer, subject, account) SELECT $1, $2, id FROM accounts \
             WHERE id = $3 AND (SELECT count(*) FROM identities WHERE account = $3) < $4 \
             ON CONFLICT DO NOTHING",
        )
        .bind(identity.issuer.clone())
        .bind(identity.subject.clone())
        .bind(owner.0.clone())
        .bind(MAX_IDENTITIES)
        .execute(self.write_pool())
        .await?;
        Ok(linked.rows_affected() == 1)
    }

    async fn identities(&self, owner: &UserId) -> Result<Vec<AccountIdentity>, StoreError> {
        let rows = sqlx::query(
            "SELECT issuer, subject FROM identities WHERE account = $1 ORDER BY issuer, subject",
        )
        .bind(&owner.0)
        .fetch_all(self.read_pool())
        .await?;
        let identity = |row: &_| {
            Ok(AccountIdentity {
                issuer: SubmissionRow::text(row, "issuer")?,
                subject: SubmissionRow::text(row, "subject")?,
            })
        };
        rows.iter().map(identity).collect()
    }

    async fn unlink_identity(
        &self,
        owner: &UserId,
        identity: &AccountIdentity,
    ) -> Result<UnlinkedIdentity, StoreError> {
        let mut transaction = self.begin_write().await?;
        // Of two at once, the second sees what the first has left.
        sqlx::query("UPDATE accounts SET id = id WHERE id = $1")
            .bind(&owner.0)
            .execute(&mut *transaction)
            .await?;
        let unlinked = sqlx::query(
            "DELETE FROM identities WHERE account = $1 AND issuer = $2 AND subject = $3",
        )
        .bind(&owner.0)
        .bind(identity.issuer.clone())
        .bind(identity.subject.clone())
        .execute(&mut *transaction)
        .await?;
        if unlinked.rows_affected() == 0 {
            return Ok(UnlinkedIdentity::NotFound);
        }
        let way_in = sqlx::query(
            "SELECT id FROM accounts WHERE id = $1 AND (password_hash IS NOT NULL \
                 OR EXISTS (SELECT 1 FROM identities WHERE account = $1))",
        )
        .bind(&owner.0)
        .fetch_optional(&mut *transaction)
        .await?;
        if way_in.is_none() {
            // Dropping the transaction takes the deletion back.
            return Ok(UnlinkedIdentity::LastWayIn);
        }
        transaction.commit().await?;
        Ok(UnlinkedIdentity::Unlinked)
    }
}
}
