//! Browsers that people have logged in with: strangers who guess passwords lock none of them out.

use std::time::Duration;

use async_trait::async_trait;
use letscode_model::{SecretHash, UserId};

use crate::StoreError;
use crate::clock::unix_millis;

/// Browsers of one account that are remembered; the one that was seen longest ago is forgotten first.
const MAX_BROWSERS: i64 = 50;

/// Browsers of accounts, by the hash of the cookie that each has.
#[async_trait]
pub trait BrowserStore: Send + Sync {
    /// Remembers that somebody has logged in with a browser. `before`: its cookie so far.
    async fn remember_browser(
        &self,
        account: &UserId,
        browser: &SecretHash,
        before: Option<&SecretHash>,
    ) -> Result<(), StoreError>;

    /// True if this account was the last to log in with a browser.
    async fn is_known_browser(
        &self,
        account: &UserId,
        browser: &SecretHash,
    ) -> Result<bool, StoreError>;

    /// Forgets browsers that were not used for a time.
    async fn forget_browsers(&self, older_than: Duration) -> Result<(), StoreError>;
}

for_both_stores! {
impl BrowserStore {
    async fn remember_browser(
        &self,
        account: &UserId,
        browser: &SecretHash,
        before: Option<&SecretHash>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_write().await?;
        sqlx::query("DELETE FROM known_browsers WHERE hash = $1")
            .bind(before.map_or("", SecretHash::as_str).to_owned())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO known_browsers (hash, account, seen_at) VALUES ($1, $2, $3)")
            .bind(browser.as_str())
            .bind(&account.0)
            .bind(unix_millis())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "DELETE FROM known_browsers WHERE account = $1 AND hash NOT IN \
                 (SELECT hash FROM known_browsers WHERE account = $1 \
                  ORDER BY CASE WHEN hash = $2 THEN 0 ELSE 1 END, seen_at DESC LIMIT $3)",
        )
        .bind(&account.0)
        .bind(browser.as_str())
        .bind(MAX_BROWSERS)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn is_known_browser(
        &self,
        account: &UserId,
        browser: &SecretHash,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT hash FROM known_browsers WHERE hash = $1 AND account = $2")
            .bind(browser.as_str())
            .bind(&account.0)
            .fetch_optional(self.read_pool())
            .await?;
        Ok(row.is_some())
    }

    async fn forget_browsers(&self, older_than: Duration) -> Result<(), StoreError> {
        let millis = i64::try_from(older_than.as_millis()).unwrap_or(i64::MAX);
        sqlx::query("DELETE FROM known_browsers WHERE seen_at < $1")
            .bind(unix_millis().saturating_sub(millis))
            .execute(self.write_pool())
            .await?;
        Ok(())
    }
}
}
