use letscode_model::{NewSubmission, Submission, SubmissionId, SubmissionStatus, UserId};
use sqlx::Row;

use super::SqliteStore;
use crate::page::{into_page, select_page, select_submissions};
use crate::rows;
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
        let mut query = select_submissions(", j.test_results, j.compiler_output");
        query.push(" WHERE s.id = ").push_bind(id.to_string());
        let row = query.build().fetch_optional(&self.readers).await?;
        let Some(mut submission) = row.as_ref().map(rows::submission).transpose()? else {
            return Ok(None);
        };
        if let (false, Some(progress)) = (submission.status.is_final(), progress) {
            submission.status = progress;
        }
        Ok(Some(submission))
    }

    pub(super) async fn read_judge_input(
        &self,
        id: SubmissionId,
    ) -> Result<Option<JudgeInput>, StoreError> {
        let row = sqlx::query(
            "SELECT s.id, s.user_id, s.problem_id, s.language, s.is_custom_test, c.code, p.digest \
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
            "SELECT s.id, s.user_id, s.problem_id, s.language, s.is_custom_test, c.code \
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
            "SELECT id, user_id, is_custom_test FROM submissions \
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
            let progress = self.progress.get(submission.id);
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
