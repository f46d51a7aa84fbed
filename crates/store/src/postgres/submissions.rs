use letscode_model::{
    Judgement, NewSubmission, Submission, SubmissionId, SubmissionStatus, SubmissionSummary, UserId,
};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use super::{PostgresStore, rows};
use crate::claims;
use crate::clock::unix_millis;
use crate::{
    MAX_PAGE_SIZE, OpenSubmission, PackageDigest, StoreError, SubmissionFilter, SubmissionPage,
    ToJudge,
};

/// How often judging looks again when the problem was replaced while its package was on the way.
const REPLACEMENTS: u32 = 5;

impl PostgresStore {
    /// One statement, so one way to the server and one wait for its disk.
    pub(super) async fn insert(&self, new: &NewSubmission) -> Result<(), StoreError> {
        sqlx::query(
            "WITH submission AS ( \
                 INSERT INTO submissions \
                     (id, user_id, problem_id, language, is_custom_test, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6) RETURNING number) \
             INSERT INTO sources (submission, code) SELECT number, $7 FROM submission",
        )
        .bind(new.id.0)
        .bind(&new.user_id.0)
        .bind(new.problem_id.as_str())
        .bind(new.language.as_str())
        .bind(new.is_custom_test)
        .bind(unix_millis())
        .bind(new.code.as_bytes())
        .execute(&self.durable)
        .await
        .map_err(|error| explain_refusal(error, new))?;
        Ok(())
    }

    /// Makes a submission final, unless it is. Two that come at once are told apart by the row's
    /// lock: the second one finds it closed.
    pub(super) async fn conclude(
        &self,
        id: SubmissionId,
        judgement: &Judgement,
    ) -> Result<bool, StoreError> {
        let status = judgement.verdict.status.final_status();
        let written = sqlx::query(
            "WITH closed AS ( \
                 UPDATE submissions SET status = $2, is_open = false \
                 WHERE id = $1 AND is_open RETURNING number, user_id), \
             lie AS ( \
                 INSERT INTO disbelieved (user_id, submission, since) \
                 SELECT closed.user_id, closed.number, $7 \
                 FROM closed JOIN claims ON claims.submission = closed.number \
                 WHERE $8 AND claims.verdict ->> 'status' = 'Accepted' \
                 ON CONFLICT DO NOTHING) \
             INSERT INTO judgements (submission, verdict, test_results, compiler_output, \
                 internal_error, judged_at) \
             SELECT number, $3, $4, $5, $6, $7 FROM closed",
        )
        .bind(id.0)
        .bind(status.as_str())
        .bind(rows::to_json(&judgement.verdict)?)
        .bind(rows::to_json(&judgement.test_results)?)
        .bind(judgement.compiler_output.as_bytes())
        .bind(judgement.internal_error.as_deref().map(str::as_bytes))
        .bind(unix_millis())
        .bind(claims::disproves(&judgement.verdict))
        .execute(&self.durable)
        .await?;
        if written.rows_affected() == 1 {
            return Ok(true);
        }
        let known = sqlx::query("SELECT 1 FROM submissions WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.durable)
            .await?;
        known
            .map(|_| false)
            .ok_or(StoreError::UnknownSubmission(id))
    }

    pub(super) async fn move_to(
        &self,
        id: SubmissionId,
        status: SubmissionStatus,
    ) -> Result<bool, StoreError> {
        if status.is_final() {
            return Err(StoreError::StatusNeedsVerdict(status));
        }
        let moved = sqlx::query("UPDATE submissions SET status = $2 WHERE id = $1 AND is_open")
            .bind(id.0)
            .bind(status.as_str())
            .execute(&self.hasty)
            .await?;
        Ok(moved.rows_affected() == 1)
    }

    pub(super) async fn read_submission(
        &self,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StoreError> {
        let mut query = select_summaries(", j.test_results, j.compiler_output");
        query.push(" WHERE s.id = ").push_bind(id.0);
        let row = query.build().fetch_optional(&self.durable).await?;
        row.as_ref().map(rows::submission).transpose()
    }

    pub(super) async fn read_to_judge(
        &self,
        id: SubmissionId,
    ) -> Result<Option<ToJudge>, StoreError> {
        for _ in 0..REPLACEMENTS {
            let row = sqlx::query(
                "SELECT s.id, s.user_id, s.problem_id, s.language, s.is_custom_test, c.code, \
                     p.digest \
                 FROM submissions s JOIN sources c ON c.submission = s.number \
                     JOIN problems p ON p.id = s.problem_id \
                 WHERE s.id = $1 AND s.is_open",
            )
            .bind(id.0)
            .fetch_optional(&self.durable)
            .await?;
            let Some(row) = row else { return Ok(None) };
            let submission = rows::new_submission(&row)?;
            let digest = PackageDigest(row.try_get("digest")?);
            if let Some(package) = self.local_package(&digest, &submission.problem_id).await? {
                return Ok(Some(ToJudge {
                    submission,
                    package,
                }));
            }
        }
        Err(StoreError::Corrupt {
            what: "a problem",
            reason: "its package is not there".to_owned(),
        })
    }

    pub(super) async fn read_new_submission(
        &self,
        id: SubmissionId,
    ) -> Result<Option<NewSubmission>, StoreError> {
        let row = sqlx::query(
            "SELECT s.id, s.user_id, s.problem_id, s.language, s.is_custom_test, c.code \
             FROM submissions s JOIN sources c ON c.submission = s.number WHERE s.id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.durable)
        .await?;
        row.as_ref().map(rows::new_submission).transpose()
    }

    pub(super) async fn read_open(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, user_id, is_custom_test FROM submissions WHERE is_open ORDER BY number",
        )
        .fetch_all(&self.durable)
        .await?;
        let open = |row: &PgRow| {
            Ok(OpenSubmission {
                id: rows::submission_id(row)?,
                user_id: UserId(row.try_get("user_id")?),
                is_custom_test: row.try_get("is_custom_test")?,
            })
        };
        rows.iter().map(open).collect()
    }

    pub(super) async fn read_page(
        &self,
        filter: &SubmissionFilter,
    ) -> Result<SubmissionPage, StoreError> {
        let limit = filter
            .limit
            .unwrap_or(MAX_PAGE_SIZE)
            .clamp(1, MAX_PAGE_SIZE) as usize;
        let mut query = select_summaries("");
        query.push(" WHERE true");
        if let Some(user) = &filter.user_id {
            query.push(" AND s.user_id = ").push_bind(&user.0);
        }
        if let Some(problem) = &filter.problem_id {
            query
                .push(" AND s.problem_id = ")
                .push_bind(problem.as_str());
        }
        if let Some(cursor) = &filter.cursor {
            query
                .push(" AND s.number < ")
                .push_bind(parse_cursor(cursor)?);
        }
        // One more than is shown tells whether there is another page.
        query
            .push(" ORDER BY s.number DESC LIMIT ")
            .push_bind(limit as i64 + 1);
        let rows = query.build().fetch_all(&self.durable).await?;

        let shown = &rows[..rows.len().min(limit)];
        let next_cursor = match shown.last() {
            Some(last) if rows.len() > limit => Some(cursor_after(last)?),
            _ => None,
        };
        let submissions: Vec<SubmissionSummary> =
            shown.iter().map(rows::summary).collect::<Result<_, _>>()?;
        Ok(SubmissionPage {
            submissions,
            next_cursor,
        })
    }
}

fn select_summaries(more_columns: &'static str) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(rows::SUMMARY_COLUMNS).push(more_columns);
    query.push(" FROM submissions s LEFT JOIN judgements j ON j.submission = s.number");
    query
}

/// The order of arrival of the last submission shown, in hexadecimal behind a version letter.
fn cursor_after(row: &PgRow) -> Result<String, StoreError> {
    let number: i64 = row.try_get("number")?;
    Ok(format!("a{number:x}"))
}

fn parse_cursor(cursor: &str) -> Result<i64, StoreError> {
    cursor
        .strip_prefix('a')
        .and_then(|digits| i64::from_str_radix(digits, 16).ok())
        .filter(|number| *number > 0)
        .ok_or(StoreError::InvalidCursor)
}

pub(super) fn explain_refusal(error: sqlx::Error, new: &NewSubmission) -> StoreError {
    match &error {
        sqlx::Error::Database(refusal) if refusal.is_unique_violation() => {
            StoreError::DuplicateSubmission(new.id)
        }
        sqlx::Error::Database(refusal) if refusal.is_foreign_key_violation() => {
            StoreError::UnknownProblem(new.problem_id.clone())
        }
        _ => StoreError::Database(error),
    }
}
