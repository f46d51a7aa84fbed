use letscode_model::{Judgement, NewSubmission, Submission, SubmissionId, SubmissionStatus};
use sqlx::Row;

use super::PostgresStore;
use crate::clock::unix_millis;
use crate::page::{into_page, select_page, select_submissions};
use crate::rows;
use crate::trust::refutes_accepted;
use crate::{
    JudgeInput, OpenSubmission, PackageDigest, StoreError, SubmissionFilter, SubmissionPage,
};

/// Attempts to read a package whose problem is replaced during the download.
const MAX_ATTEMPTS: u32 = 5;

impl PostgresStore {
    /// Inserts a submission in one statement: one round trip and one wait for the disk.
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
        .execute(&self.durable_pool)
        .await
        .map_err(|error| StoreError::on_insert(error, new))?;
        Ok(())
    }

    /// Makes a submission final. Returns false if it was final already: of two judgements that come at
    /// once, the row's lock lets one be first.
    pub(super) async fn write_judgement(
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
        .bind(refutes_accepted(&judgement.verdict))
        .execute(&self.durable_pool)
        .await?;
        if written.rows_affected() == 1 {
            return Ok(true);
        }
        let existing = sqlx::query("SELECT 1 FROM submissions WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.durable_pool)
            .await?;
        existing
            .map(|_| false)
            .ok_or(StoreError::UnknownSubmission(id))
    }

    pub(super) async fn update_status(
        &self,
        id: SubmissionId,
        status: SubmissionStatus,
    ) -> Result<bool, StoreError> {
        StoreError::reject_final(status)?;
        let updated = sqlx::query("UPDATE submissions SET status = $2 WHERE id = $1 AND is_open")
            .bind(id.0)
            .bind(status.as_str())
            .execute(&self.async_commit_pool)
            .await?;
        Ok(updated.rows_affected() == 1)
    }

    pub(super) async fn read_submission(
        &self,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StoreError> {
        let mut query = select_submissions(", j.test_results, j.compiler_output");
        query.push(" WHERE s.id = ").push_bind(id.0);
        let row = query.build().fetch_optional(&self.durable_pool).await?;
        row.as_ref().map(rows::submission).transpose()
    }

    pub(super) async fn read_judge_input(
        &self,
        id: SubmissionId,
    ) -> Result<Option<JudgeInput>, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let row = sqlx::query(
                "SELECT s.id, s.user_id, s.problem_id, s.language, s.is_custom_test, c.code, \
                     p.digest \
                 FROM submissions s JOIN sources c ON c.submission = s.number \
                     JOIN problems p ON p.id = s.problem_id \
                 WHERE s.id = $1 AND s.is_open",
            )
            .bind(id.0)
            .fetch_optional(&self.durable_pool)
            .await?;
            let Some(row) = row else { return Ok(None) };
            let submission = rows::new_submission(&row)?;
            let digest = PackageDigest(row.try_get("digest")?);
            if let Some(package) = self.local_package(&digest, &submission.problem_id).await? {
                return Ok(Some(JudgeInput {
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
        .fetch_optional(&self.durable_pool)
        .await?;
        row.as_ref().map(rows::new_submission).transpose()
    }

    pub(super) async fn read_open(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, user_id, is_custom_test FROM submissions WHERE is_open ORDER BY number",
        )
        .fetch_all(&self.durable_pool)
        .await?;
        rows.iter().map(rows::open_submission).collect()
    }

    pub(super) async fn read_page(
        &self,
        filter: &SubmissionFilter,
    ) -> Result<SubmissionPage, StoreError> {
        let mut query = select_page(filter)?;
        let rows = query.build().fetch_all(&self.durable_pool).await?;
        into_page(&rows, filter)
    }
}
