use std::collections::BTreeSet;

use async_trait::async_trait;
use letscode_model::{
    ApiKey, KeyId, KeyNamespace, KeyOwner, KeyQuota, KeyScope, SecretHash, UserId,
};

use crate::StoreError;
use crate::clock::unix_millis;
use crate::database_row::{SubmissionRow, corrupt};

/// Exactness of the last use of a key: not every request writes.
const USE_INTERVAL: i64 = 3_600_000;

/// Keys of one account that are valid at once.
pub const MAX_KEYS: i64 = 50;

/// An API key that is to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub hash: SecretHash,
    pub name: String,
    pub owner: KeyOwner,
    pub scopes: BTreeSet<KeyScope>,
    pub quota: Option<KeyQuota>,
    /// Unix time in milliseconds.
    pub expires_at: Option<i64>,
}

/// API keys.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Adds a key; `None` if [`MAX_KEYS`] of the account are valid already.
    async fn add_key(&self, new: &NewKey) -> Result<Option<ApiKey>, StoreError>;

    /// Returns the key with this secret, also one that is revoked or expired, and notes its use.
    async fn key_by_secret(&self, hash: &SecretHash) -> Result<Option<ApiKey>, StoreError>;

    /// Returns the keys of an account, or all keys, newest first.
    async fn keys(&self, account: Option<&UserId>) -> Result<Vec<ApiKey>, StoreError>;

    /// Revokes a key for ever. False if there is none that is not revoked.
    async fn revoke_key(&self, id: KeyId) -> Result<bool, StoreError>;

    /// Deletes keys that were revoked or expired before a time (Unix milliseconds); returns how many.
    async fn delete_ended_keys(&self, before: i64) -> Result<u64, StoreError>;

    /// Counts a run or submission against a key's quota. Returns the Unix time in milliseconds at which
    /// the next period begins if the quota is used up, and counts nothing then.
    async fn count_key_use(&self, id: KeyId, quota: KeyQuota) -> Result<Option<i64>, StoreError>;
}

const KEYS: &str = "SELECT id, name, account, namespace, scopes, quota, created_at, expires_at, \
         revoked_at, last_used_at \
     FROM api_keys WHERE account = $1 OR $1 IS NULL ORDER BY created_at DESC, id";

fn key(row: &impl SubmissionRow) -> Result<ApiKey, StoreError> {
    let scopes = row.text("scopes")?;
    let scopes = scopes.split(',').filter(|scope| !scope.is_empty());
    let quota = row.optional_text("quota")?;
    Ok(ApiKey {
        id: row.text("id")?.parse().map_err(corrupt("a key's id"))?,
        name: row.text("name")?,
        owner: owner(row)?,
        scopes: scopes
            .map(|scope| scope.parse().map_err(corrupt("a key's scope")))
            .collect::<Result<_, _>>()?,
        quota: quota
            .map(|quota| quota.parse().map_err(corrupt("a key's quota")))
            .transpose()?,
        created_at: row.integer("created_at")?,
        expires_at: row.optional_integer("expires_at")?,
        revoked_at: row.optional_integer("revoked_at")?,
        last_used_at: row.optional_integer("last_used_at")?,
    })
}

fn owner(row: &impl SubmissionRow) -> Result<KeyOwner, StoreError> {
    if let Some(account) = row.optional_text("account")? {
        return Ok(KeyOwner::Account(UserId(account)));
    }
    let namespace = row.optional_text("namespace")?.unwrap_or_default();
    KeyNamespace::parse(&namespace)
        .map(KeyOwner::Namespace)
        .ok_or("neither an account nor a namespace")
        .map_err(corrupt("a key's owner"))
}

for_both_stores! {
impl KeyStore {
    async fn add_key(&self, new: &NewKey) -> Result<Option<ApiKey>, StoreError> {
        let added = ApiKey {
            id: KeyId::random(),
            name: new.name.clone(),
            owner: new.owner.clone(),
            scopes: new.scopes.clone(),
            quota: new.quota,
            created_at: unix_millis(),
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        let (account, namespace) = match &added.owner {
            KeyOwner::Account(id) => (Some(id.0.clone()), None),
            KeyOwner::Namespace(namespace) => (None, Some(namespace.as_str().to_owned())),
        };
        let scopes: Vec<String> = added.scopes.iter().map(KeyScope::to_string).collect();
        let mut transaction = self.begin_write().await?;
        // Of two at once, the second counts the first.
        sqlx::query("UPDATE accounts SET id = id WHERE id = $1")
            .bind(account.clone())
            .execute(&mut *transaction)
            .await?;
        let inserted = sqlx::query(
            "INSERT INTO api_keys \
                 (id, hash, name, account, namespace, scopes, quota, created_at, expires_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE (SELECT count(*) FROM api_keys \
                 WHERE account = $4 AND revoked_at IS NULL \
                 AND (expires_at IS NULL OR expires_at > $8)) < $10",
        )
        .bind(added.id.to_string())
        .bind(new.hash.as_str())
        .bind(added.name.clone())
        .bind(account)
        .bind(namespace)
        .bind(scopes.join(","))
        .bind(added.quota.map(|quota| quota.to_string()))
        .bind(added.created_at)
        .bind(added.expires_at)
        .bind(MAX_KEYS)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok((inserted.rows_affected() == 1).then_some(added))
    }

    async fn key_by_secret(&self, hash: &SecretHash) -> Result<Option<ApiKey>, StoreError> {
        let row = sqlx::query(
            "SELECT id, name, account, namespace, scopes, quota, created_at, expires_at, \
                 revoked_at, last_used_at \
             FROM api_keys WHERE hash = $1",
        )
        .bind(hash.as_str())
        .fetch_optional(self.read_pool())
        .await?;
        let Some(key_record) = row.as_ref().map(key).transpose()? else { return Ok(None) };
        let now = unix_millis();
        if key_record.is_valid_at(now) && key_record.last_used_at.is_none_or(|last| now - last >= USE_INTERVAL) {
            // After an error the key is valid all the same: where nothing can be written, it reads.
            let _ = sqlx::query("UPDATE api_keys SET last_used_at = $2 WHERE id = $1")
                .bind(key_record.id.to_string())
                .bind(now)
                .execute(self.write_pool())
                .await;
        }
        Ok(Some(key_record))
    }

    async fn keys(&self, account: Option<&UserId>) -> Result<Vec<ApiKey>, StoreError> {
        let rows = sqlx::query(KEYS)
            .bind(account.map(|account| account.0.clone()))
            .fetch_all(self.read_pool())
            .await?;
        rows.iter().map(key).collect()
    }

    async fn revoke_key(&self, id: KeyId) -> Result<bool, StoreError> {
        let revoked = sqlx::query(
            "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        )
        .bind(id.to_string())
        .bind(unix_millis())
        .execute(self.write_pool())
        .await?;
        Ok(revoked.rows_affected() == 1)
    }

    async fn delete_ended_keys(&self, before: i64) -> Result<u64, StoreError> {
        let deleted = sqlx::query("DELETE FROM api_keys WHERE revoked_at < $1 OR expires_at < $1")
            .bind(before)
            .execute(self.write_pool())
            .await?;
        Ok(deleted.rows_affected())
    }

    async fn count_key_use(&self, id: KeyId, quota: KeyQuota) -> Result<Option<i64>, StoreError> {
        let now = unix_millis();
        let length = quota.period.millis();
        let start = now - now.rem_euclid(length);
        let counted = sqlx::query(
            "UPDATE api_keys SET \
                 period_uses = CASE WHEN period_start = $2 THEN period_uses ELSE 0 END + 1, \
                 period_start = $2 \
             WHERE id = $1 AND $3 > CASE WHEN period_start = $2 THEN period_uses ELSE 0 END",
        )
        .bind(id.to_string())
        .bind(start)
        .bind(i64::from(quota.uses))
        .execute(self.write_pool())
        .await?;
        Ok((counted.rows_affected() == 0).then_some(start + length))
    }
}
}
