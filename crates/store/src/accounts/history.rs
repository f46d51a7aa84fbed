use std::collections::BTreeMap;

use async_trait::async_trait;
use letscode_model::{LanguageId, ProblemId, UserId};

use crate::StoreError;
use crate::database_row::{SubmissionRow, corrupt};

/// Milliseconds of a day.
const DAY: i64 = 24 * 3_600_000;

/// A user's submissions in figures. Those on samples alone don't count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserProfile {
    /// Problems with an accepted submission, by id.
    pub solved: Vec<ProblemId>,
    /// Most used first.
    pub languages: Vec<LanguageCount>,
    /// Number of submissions by day, in days since 1970 (UTC).
    pub activity: BTreeMap<i64, u64>,
}

/// Number of submissions in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageCount {
    pub language: LanguageId,
    pub submissions: u64,
}

/// Things that an erasure has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErasedUser {
    /// True if there was an account.
    pub account: bool,
    pub submissions: u64,
    pub keys: u64,
}

/// The submissions of one user as a whole.
#[async_trait]
pub trait HistoryStore: Send + Sync {
    /// Returns a user's figures; activity since a Unix time in milliseconds.
    async fn profile(&self, user: &UserId, since: i64) -> Result<UserProfile, StoreError>;

    /// Makes the submissions of one user those of another, with the distrust that they have earned;
    /// returns how many.
    async fn move_submissions(&self, from: &UserId, to: &UserId) -> Result<u64, StoreError>;

    /// Removes all that is stored of a user, account or not: submissions with sources and judgements,
    /// violations with evidence, sessions, keys, identities and the account, in one transaction. The audit
    /// log keeps the id, and what it did.
    async fn erase_user(&self, user: &UserId) -> Result<ErasedUser, StoreError>;
}

fn count(row: &impl SubmissionRow, column: &str) -> Result<u64, StoreError> {
    Ok(row.integer(column)?.unsigned_abs())
}

for_both_stores! {
impl HistoryStore {
    async fn profile(&self, user: &UserId, since: i64) -> Result<UserProfile, StoreError> {
        // Verdicts are JSON as text, without spaces.
        let solved = sqlx::query(
            "SELECT DISTINCT s.problem_id FROM submissions s \
                 JOIN judgements j ON j.submission = s.number AND j.number = s.shown \
             WHERE s.user_id = $1 AND s.is_custom_test = $2 \
                 AND j.verdict LIKE '%\"status\":\"Accepted\"%' \
             ORDER BY s.problem_id",
        )
        .bind(&user.0)
        .bind(false)
        .fetch_all(self.read_pool())
        .await?;
        let languages = sqlx::query(
            "SELECT language, count(*) AS submissions FROM submissions \
             WHERE user_id = $1 AND is_custom_test = $2 GROUP BY language \
             ORDER BY count(*) DESC, language",
        )
        .bind(&user.0)
        .bind(false)
        .fetch_all(self.read_pool())
        .await?;
        let activity = sqlx::query(
            "SELECT created_at / $3 AS day, count(*) AS submissions FROM submissions \
             WHERE user_id = $1 AND is_custom_test = $2 AND created_at >= $4 \
             GROUP BY created_at / $3",
        )
        .bind(&user.0)
        .bind(false)
        .bind(DAY)
        .bind(since)
        .fetch_all(self.read_pool())
        .await?;
        let mut profile = UserProfile::default();
        for row in &solved {
            let id = row.text("problem_id")?;
            profile.solved.push(ProblemId::parse(&id).map_err(corrupt("a problem id"))?);
        }
        for row in &languages {
            profile.languages.push(LanguageCount {
                language: LanguageId(row.text("language")?),
                submissions: count(row, "submissions")?,
            });
        }
        for row in &activity {
            profile.activity.insert(row.integer("day")?, count(row, "submissions")?);
        }
        Ok(profile)
    }

    async fn move_submissions(&self, from: &UserId, to: &UserId) -> Result<u64, StoreError> {
        let mut transaction = self.begin_write().await?;
        let moved = sqlx::query("UPDATE submissions SET user_id = $2 WHERE user_id = $1")
            .bind(&from.0)
            .bind(&to.0)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO disbelieved (user_id, submission, since) \
             SELECT $2, submission, since FROM disbelieved WHERE user_id = $1 \
             ON CONFLICT DO NOTHING",
        )
        .bind(&from.0)
        .bind(&to.0)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM disbelieved WHERE user_id = $1")
            .bind(&from.0)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(moved.rows_affected())
    }

    async fn erase_user(&self, user: &UserId) -> Result<ErasedUser, StoreError> {
        let mut transaction = self.begin_write().await?;
        Self::prepare_erasure(&mut transaction, user).await?;
        let mut erased = ErasedUser::default();
        for delete in [
            "DELETE FROM disbelieved WHERE user_id = $1",
            "DELETE FROM sources WHERE submission IN \
                 (SELECT number FROM submissions WHERE user_id = $1)",
            "DELETE FROM judgements WHERE submission IN \
                 (SELECT number FROM submissions WHERE user_id = $1)",
            "DELETE FROM claims WHERE submission IN \
                 (SELECT number FROM submissions WHERE user_id = $1)",
            "DELETE FROM evidence WHERE violation IN \
                 (SELECT number FROM violations WHERE user_id = $1)",
            "DELETE FROM violations WHERE user_id = $1",
            "DELETE FROM sessions WHERE account = $1",
            "DELETE FROM identities WHERE account = $1",
        ] {
            sqlx::query(delete).bind(&user.0).execute(&mut *transaction).await?;
        }
        for (delete, erased_rows) in [
            ("DELETE FROM submissions WHERE user_id = $1", &mut erased.submissions),
            ("DELETE FROM api_keys WHERE account = $1", &mut erased.keys),
        ] {
            let deleted = sqlx::query(delete).bind(&user.0).execute(&mut *transaction).await?;
            *erased_rows = deleted.rows_affected();
        }
        let deleted = sqlx::query("DELETE FROM accounts WHERE id = $1")
            .bind(&user.0)
            .execute(&mut *transaction)
            .await?;
        erased.account = deleted.rows_affected() == 1;
        transaction.commit().await?;
        self.finish_erasure().await?;
        Ok(erased)
    }
}
}
