use std::collections::BTreeMap;

use async_trait::async_trait;
use letscode_model::{AuditEvent, LanguageId, ProblemId, ShareHolder, UserId};

use super::people::LAST_ADMIN;
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

/// Browsers whose submissions one account may claim: an erasure looks for each of them.
pub const MAX_CLAIMS: i64 = 50;

/// Things that an erasure has removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErasedUser {
    /// True if there was an account.
    pub account: bool,
    pub submissions: u64,
    pub keys: u64,
    /// Ids of the browsers that it has claimed.
    pub browsers: Vec<UserId>,
}

/// The submissions of one user as a whole.
#[async_trait]
pub trait HistoryStore: Send + Sync {
    /// Returns a user's figures; activity since a Unix time in milliseconds.
    async fn profile(&self, user: &UserId, since: i64) -> Result<UserProfile, StoreError>;

    /// Makes the submissions of one user those of another, with the distrust that they have earned;
    /// returns how many. Fails for an account that has claimed 50 others.
    async fn move_submissions(&self, from: &UserId, to: &UserId) -> Result<u64, StoreError>;

    /// Removes all that is stored of a user, account or not, and of the browsers whose submissions it has
    /// claimed: submissions with sources, judgements and links, violations with evidence, flags, problems
    /// that it is the setter of, invitations for its name, sessions, keys, identities and the account, in
    /// one transaction. The audit log keeps what was done, by and to a made-up name. `event`: added to
    /// it, if there was anything to remove.
    ///
    /// What work from before would store afterwards is refused: [`StoreError::ErasedUser`], or
    /// [`StoreError::UnknownSubmission`].
    async fn erase_user(&self, user: &UserId, event: &AuditEvent)
    -> Result<ErasedUser, StoreError>;
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
        if !Self::lock_user(&mut transaction, to).await? && to.is_account() {
            return Err(StoreError::ErasedUser);
        }
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
        if moved.rows_affected() == 0 {
            // Anybody may state secrets that nobody has ever had.
            transaction.commit().await?;
            return Ok(0);
        }
        sqlx::query(
            "INSERT INTO claimed_users (user_id, account) VALUES ($1, $2) \
             ON CONFLICT (user_id) DO UPDATE SET account = excluded.account",
        )
        .bind(&from.0)
        .bind(&to.0)
        .execute(&mut *transaction)
        .await?;
        let claims = sqlx::query("SELECT count(*) AS claims FROM claimed_users WHERE account = $1")
            .bind(&to.0)
            .fetch_one(&mut *transaction)
            .await?;
        if claims.integer("claims")? > MAX_CLAIMS {
            return Err(StoreError::TooManyClaims);
        }
        transaction.commit().await?;
        Ok(moved.rows_affected())
    }

    async fn erase_user(
        &self,
        user: &UserId,
        event: &AuditEvent,
    ) -> Result<ErasedUser, StoreError> {
        let mut transaction = self.begin_write().await?;
        // In this order: who changes a role holds the admins' lock before the account's.
        Self::lock_admins(&mut transaction).await?;
        Self::lock_user(&mut transaction, user).await?;
        let last = sqlx::query(LAST_ADMIN).bind(&user.0).fetch_optional(&mut *transaction).await?;
        if last.is_some() {
            return Err(StoreError::LastAdmin);
        }
        let traces = self.audit_tables(&mut transaction).read_traces(user).await?;
        let mut erased = ErasedUser::default();
        for id in &traces.ids {
            Self::prepare_erasure(&mut transaction, id).await?;
            for delete in DELETE_OF_USER {
                sqlx::query(*delete).bind(&id.0).execute(&mut *transaction).await?;
            }
            let deleted = sqlx::query("DELETE FROM submissions WHERE user_id = $1")
                .bind(&id.0)
                .execute(&mut *transaction)
                .await?;
            erased.submissions += deleted.rows_affected();
        }
        sqlx::query("DELETE FROM problem_setters WHERE setter = $1")
            .bind(ShareHolder::Account(user.clone()).to_string())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM invitations WHERE name = (SELECT name FROM accounts WHERE id = $1)")
            .bind(&user.0)
            .execute(&mut *transaction)
            .await?;
        let keys = sqlx::query("DELETE FROM api_keys WHERE account = $1")
            .bind(&user.0)
            .execute(&mut *transaction)
            .await?;
        erased.keys = keys.rows_affected();
        let account = sqlx::query("DELETE FROM accounts WHERE id = $1")
            .bind(&user.0)
            .execute(&mut *transaction)
            .await?;
        erased.account = account.rows_affected() == 1;
        erased.browsers = traces.ids.iter().filter(|id| *id != user).cloned().collect();
        let mut tables = self.audit_tables(&mut transaction);
        let event = Some(event).filter(|_| erased != ErasedUser::default());
        tables.erase_traces(&traces, event).await?;
        transaction.commit().await?;
        self.finish_erasure().await?;
        Ok(erased)
    }
}
}

/// Deletes what belongs to a user id, in the order of references.
const DELETE_OF_USER: &[&str] = &[
    "DELETE FROM disbelieved WHERE user_id = $1",
    "DELETE FROM submission_shares WHERE submission_id IN \
         (SELECT CAST(id AS TEXT) FROM submissions WHERE user_id = $1)",
    "DELETE FROM sources WHERE submission IN (SELECT number FROM submissions WHERE user_id = $1)",
    "DELETE FROM judgements WHERE submission IN (SELECT number FROM submissions WHERE user_id = $1)",
    "DELETE FROM claims WHERE submission IN (SELECT number FROM submissions WHERE user_id = $1)",
    "DELETE FROM evidence WHERE violation IN (SELECT number FROM violations WHERE user_id = $1)",
    "DELETE FROM violations WHERE user_id = $1",
    "DELETE FROM flags WHERE subject_kind = 'user' AND subject = $1",
    "DELETE FROM sessions WHERE account = $1",
    "DELETE FROM identities WHERE account = $1",
    "DELETE FROM known_browsers WHERE account = $1",
    "DELETE FROM claimed_users WHERE user_id = $1",
];
