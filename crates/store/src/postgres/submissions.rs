use letscode_model::{
    Judgement, JudgementKey, NewSubmission, PartialResults, Submission, SubmissionId,
    SubmissionStatus,
};
use sqlx::Row;

use super::PostgresStore;
use crate::clock::unix_millis;
use crate::page::{into_page, select_page, select_submissions};
use crate::rows::{self, SubmissionRow};
use crate::trust::refutes_accepted;
use crate::{
    JudgeInput, OpenSubmission, PackageDigest, StoreError, SubmissionFilter, SubmissionPage,
};

/// Attempts to read a package whose problem is replaced during the download.
const MAX_ATTEMPTS: u32 = 5;
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

impl PostgresStore {
    /// Inserts a submission in one statement: one round trip and one wait for the disk.
    pub(super) async fn insert(&self, new: &NewSubmission) -> Result<(), StoreError> {
        let inserted = sqlx::query(
            "WITH owner AS ( \
                 SELECT 1 FROM accounts WHERE id = $2 FOR KEY SHARE), \
             submission AS ( \
                 INSERT INTO submissions \
                     (id, user_id, problem_id, language, is_custom_test, created_at, run_all, terms) \
                 SELECT $1, $2, $3, $4, $5, $6, $8, $9 \
                 WHERE NOT $10::boolean OR EXISTS (SELECT 1 FROM owner) RETURNING number) \
             INSERT INTO sources (submission, code) SELECT number, $7 FROM submission",
        )
        .bind(new.id.0)
        .bind(&new.user_id.0)
        .bind(new.problem_id.as_str())
        .bind(new.language.as_str())
        .bind(new.is_custom_test)
        .bind(unix_millis())
        .bind(new.code.as_bytes())
        .bind(new.run_all)
        .bind(rows::terms_json(&new.terms)?)
        .bind(new.user_id.is_account())
        .execute(&self.durable_pool)
        .await
        .map_err(|error| StoreError::on_insert(error, new))?;
        StoreError::require_owner(inserted.rows_affected())
    }

    /// Ends a judgement. Returns false if it is not open: of two results that come at once, the row's
    /// lock lets one be first.
    pub(super) async fn write_judgement(
        &self,
        key: JudgementKey,
        problem_version: Option<&PackageDigest>,
        judgement: &Judgement,
    ) -> Result<bool, StoreError> {
        let id = key.submission_id;
        let status = judgement.verdict.status.final_status();
        // With the present package it is what a rejudge would come to.
        let written = sqlx::query(
            "WITH closed AS ( \
                 UPDATE submissions SET status = $2, is_open = false, judged = $9, shown = $9, terms = NULL, \
                     rejudge_due = rejudge_due AND $10::text IS DISTINCT FROM \
                         (SELECT p.digest FROM problems p WHERE p.id = submissions.problem_id) \
                 WHERE id = $1 AND is_open AND judged + 1 = $9 RETURNING number, user_id), \
             ended AS ( \
                 DELETE FROM progress USING closed WHERE progress.submission = closed.number), \
             lie AS ( \
                 INSERT INTO disbelieved (user_id, submission, since) \
                 SELECT closed.user_id, closed.number, $7 \
                 FROM closed JOIN claims ON claims.submission = closed.number \
                 WHERE $8 AND $9 = 1 AND claims.verdict ->> 'status' = 'Accepted' \
                 ON CONFLICT DO NOTHING) \
             INSERT INTO judgements (submission, verdict, test_results, compiler_output, \
                 internal_error, judged_at, number, problem_version, status) \
             SELECT number, $3, $4, $5, $6, $7, $9, $10, $2 FROM closed",
        )
        .bind(id.0)
        .bind(status.as_str())
        .bind(rows::to_json(&judgement.verdict)?)
        .bind(rows::to_json(&judgement.test_results)?)
        .bind(judgement.compiler_output.as_bytes())
        .bind(judgement.internal_error.as_deref().map(str::as_bytes))
        .bind(unix_millis())
        .bind(refutes_accepted(&judgement.verdict))
        .bind(i64::from(key.number))
        .bind(problem_version.map(PackageDigest::as_str))
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
        let mut query = select_submissions(", s.run_all, j.test_results, j.compiler_output");
        query.push(" WHERE s.id = ").push_bind(id.0);
        // One snapshot, so that no judgement ends between the reads.
        let mut snapshot = self.durable_pool.begin_with(SNAPSHOT).await?;
        let row = query.build().fetch_optional(&mut *snapshot).await?;
        let Some(row) = row else { return Ok(None) };
        let number = row.integer("number")?;
        let judgements = sqlx::query(
            "SELECT number, problem_version, status, verdict, verified_by, judged_at \
             FROM judgements WHERE submission = $1 ORDER BY number",
        )
        .bind(number)
        .fetch_all(&mut *snapshot)
        .await?;
        let mut submission = rows::submission(&row)?;
        let read = judgements.iter().map(|row| rows::judgement(row, id));
        submission.judgements = read.collect::<Result<_, _>>()?;
        let status = rows::status(&row)?;
        if !status.is_final() {
            let results = sqlx::query(
                "SELECT judgement, total_tests, test_results FROM progress WHERE submission = $1",
            )
            .bind(number)
            .fetch_optional(&mut *snapshot)
            .await?;
            let results = results.as_ref().map(rows::partial_results).transpose()?;
            let next = rows::next_judgement(&row)?;
            rows::add_open_judgement(&mut submission, status, next, results);
        }
        Ok(Some(submission))
    }

    pub(super) async fn write_results(
        &self,
        id: SubmissionId,
        results: &PartialResults,
    ) -> Result<bool, StoreError> {
        let written = sqlx::query(
            "INSERT INTO progress (submission, judgement, total_tests, test_results) \
             SELECT number, $2, $3, $4 FROM submissions \
             WHERE id = $1 AND is_open AND judged + 1 = $2 \
             ON CONFLICT (submission) DO UPDATE SET judgement = excluded.judgement, \
                 total_tests = excluded.total_tests, test_results = excluded.test_results",
        )
        .bind(id.0)
        .bind(i64::from(results.judgement))
        .bind(i64::from(results.total_tests))
        .bind(rows::to_json(&results.test_results)?)
        .execute(&self.async_commit_pool)
        .await?;
        Ok(written.rows_affected() == 1)
    }

    pub(super) async fn read_judge_input(
        &self,
        id: SubmissionId,
    ) -> Result<Option<JudgeInput>, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let row = sqlx::query(
                "SELECT s.id, s.user_id, s.problem_id, s.language, s.is_custom_test, s.run_all, s.terms, \
                     s.judged, c.code, p.digest \
                 FROM submissions s JOIN sources c ON c.submission = s.number \
                     JOIN problems p ON p.id = s.problem_id \
                 WHERE s.id = $1 AND s.is_open",
            )
            .bind(id.0)
            .fetch_optional(&self.durable_pool)
            .await?;
            let Some(row) = row else { return Ok(None) };
            let submission = rows::new_submission(&row)?;
            let judgement = rows::next_judgement(&row)?;
            let digest = PackageDigest(row.try_get("digest")?);
            if let Some(package) = self.local_package(&digest, &submission.problem_id).await? {
                return Ok(Some(JudgeInput {
                    submission,
                    judgement,
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
            "SELECT s.id, s.user_id, s.problem_id, s.language, s.is_custom_test, s.run_all, s.terms, \
                 c.code \
             FROM submissions s JOIN sources c ON c.submission = s.number WHERE s.id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.durable_pool)
        .await?;
        row.as_ref().map(rows::new_submission).transpose()
    }

    pub(super) async fn read_open(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, judged, user_id, is_custom_test, terms FROM submissions \
             WHERE is_open ORDER BY number",
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
