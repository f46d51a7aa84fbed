use letscode_model::{NewSubmission, Submission, SubmissionId, SubmissionStatus, UserId};
use sqlx::Row;

use super::SqliteStore;
use crate::page::{into_page, select_page, select_submissions};
use crate::rows::{self, SubmissionRow};
use crate::store::PackageGuard;
use crate::{
    JudgeInput, OpenSubmission, PackageDigest, ProblemPackage, StoreError, SubmissionFilter,
    SubmissionPage,
};

impl SqliteStore {
    pub(super) async fn read_submission(
        &self,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StoreError> {
        // Before the row: a submission that becomes final in between is read as final.
        let progress = self.progress.get(id);
        let mut query = select_submissions(", s.run_all, j.test_results, j.compiler_output");
        query.push(" WHERE s.id = ").push_bind(id.to_string());
        // One transaction, so that no judgement ends between the two.
        let mut snapshot = self.readers.begin().await?;
        let row = query.build().fetch_optional(&mut *snapshot).await?;
        let Some(row) = row else { return Ok(None) };
        let judgements = sqlx::query(
            "SELECT number, problem_version, status, verdict, verified_by, judged_at \
             FROM judgements WHERE submission = ?1 ORDER BY number",
        )
        .bind(row.integer("number")?)
        .fetch_all(&mut *snapshot)
        .await?;
        let mut submission = rows::submission(&row)?;
        let read = judgements.iter().map(|row| rows::judgement(row, id));
        submission.judgements = read.collect::<Result<_, _>>()?;
        let status = rows::status(&row)?;
        if !status.is_final() {
            let number = rows::next_judgement(&row)?;
            let progress = progress.filter(|progress| progress.judgement == number);
            let (status, results) = match progress {
                Some(progress) => (progress.status, progress.results),
                None => (status, None),
            };
            rows::add_open_judgement(&mut submission, status, number, results);
        }
        Ok(Some(submission))
    }

    pub(super) async fn read_judge_input(
        &self,
        id: SubmissionId,
    ) -> Result<Option<JudgeInput>, StoreError> {
        let row = sqlx::query(
            "SELECT s.id, s.user_id, s.problem_id, s.language, s.is_custom_test, s.run_all, s.terms, \
                 s.judged, c.code, p.digest \
             FROM submissions s JOIN sources c ON c.submission = s.number \
                 JOIN problems p ON p.id = s.problem_id \
             WHERE s.id = ?1 AND s.status NOT IN ('Completed', 'Failed')",
        )
        .bind(id.to_string())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let submission = rows::new_submission(&row)?;
        let digest = PackageDigest(row.try_get("digest")?);
        let dir = self.packages.dir(&digest, &submission.problem_id);
        Ok(Some(JudgeInput {
            submission,
            judgement: rows::next_judgement(&row)?,
            package: ProblemPackage {
                digest,
                dir,
                guard: PackageGuard::default(),
            },
        }))
    }

    pub(super) async fn read_new_submission(
        &self,
        id: SubmissionId,
    ) -> Result<Option<NewSubmission>, StoreError> {
        let row = sqlx::query(
            "SELECT s.id, s.user_id, s.problem_id, s.language, s.is_custom_test, s.run_all, s.terms, \
                 c.code \
             FROM submissions s JOIN sources c ON c.submission = s.number WHERE s.id = ?1",
        )
        .bind(id.to_string())
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(rows::new_submission).transpose()
    }

    pub(super) fn update_status(
        &self,
        id: SubmissionId,
        status: SubmissionStatus,
    ) -> Result<bool, StoreError> {
        StoreError::reject_final(status)?;
        Ok(self.progress.set(id, status))
    }

    pub(super) async fn read_open(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, judged, user_id, is_custom_test, terms FROM submissions \
             WHERE status IN ('Queued', 'Compiling', 'Running') ORDER BY number",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(rows::open_submission).collect()
    }

    pub(super) async fn read_page(
        &self,
        filter: &SubmissionFilter,
    ) -> Result<SubmissionPage, StoreError> {
        let mut query = select_page(filter)?;
        let rows = query.build().fetch_all(&self.readers).await?;
        let mut page = into_page(&rows, filter)?;
        let open = page.submissions.iter_mut();
        for submission in open.filter(|submission| !submission.status.is_final()) {
            let progress = self.progress.status(submission.id);
            submission.status = progress.unwrap_or(submission.status);
        }
        Ok(page)
    }

    pub(super) async fn read_is_trusted(&self, user: &UserId) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT count(*) AS lies FROM disbelieved WHERE user_id = ?1")
            .bind(&user.0)
            .fetch_one(&self.readers)
            .await?;
        let lies: i64 = row.try_get("lies")?;
        Ok(lies == 0)
    }
}
