use letscode_model::{
    Judgement, LanguageId, NewSubmission, Submission, SubmissionId, SubmissionStatus,
    SubmissionSummary, UserId, VerifiedBy,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, Transaction};

use super::{SqliteStore, claims, rows};
use crate::clock::unix_millis;
use crate::store::Hold;
use crate::{
    MAX_PAGE_SIZE, OpenSubmission, PackageDigest, ProblemPackage, StoreError, SubmissionFilter,
    SubmissionPage, ToJudge,
};

/// Keeps a submission and answers its number, or refuses it and changes nothing.
pub(super) async fn insert(
    transaction: &mut Transaction<'_, Sqlite>,
    new: &NewSubmission,
) -> Result<i64, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO submissions \
             (id, user_id, problem_id, language, is_custom_test, status, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, 'Queued', ?6)",
    )
    .bind(new.id.to_string())
    .bind(&new.user_id.0)
    .bind(new.problem_id.as_str())
    .bind(new.language.as_str())
    .bind(new.is_custom_test)
    .bind(unix_millis())
    .execute(&mut **transaction)
    .await
    .map_err(|error| explain_refusal(error, new))?;
    sqlx::query("INSERT INTO sources (submission, code) VALUES (?1, ?2)")
        .bind(inserted.last_insert_rowid())
        .bind(&new.code)
        .execute(&mut **transaction)
        .await?;
    Ok(inserted.last_insert_rowid())
}

/// Makes a submission final, unless it is.
pub(super) async fn conclude(
    transaction: &mut Transaction<'_, Sqlite>,
    id: SubmissionId,
    judgement: &Judgement,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT number, status FROM submissions WHERE id = ?1")
        .bind(id.to_string())
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(StoreError::UnknownSubmission(id))?;
    let number: i64 = row.try_get("number")?;
    if rows::status(&row)?.is_final() {
        return Ok(false);
    }
    let ending = Ending {
        number,
        verified_by: VerifiedBy::Server,
    };
    end(transaction, ending, judgement).await?;
    claims::compare(transaction, number, judgement).await?;
    Ok(true)
}

/// Which submission ends, and by whose word.
pub(super) struct Ending {
    pub number: i64,
    pub verified_by: VerifiedBy,
}

pub(super) async fn end(
    transaction: &mut Transaction<'_, Sqlite>,
    ending: Ending,
    judgement: &Judgement,
) -> Result<(), StoreError> {
    let status = judgement.verdict.status.final_status();
    sqlx::query("UPDATE submissions SET status = ?1 WHERE number = ?2")
        .bind(status.as_str())
        .bind(ending.number)
        .execute(&mut **transaction)
        .await?;
    sqlx::query(
        "INSERT INTO judgements \
             (submission, verdict, test_results, compiler_output, internal_error, judged_at, \
              verified_by) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(ending.number)
    .bind(rows::to_json(&judgement.verdict)?)
    .bind(rows::to_json(&judgement.test_results)?)
    .bind(&judgement.compiler_output)
    .bind(&judgement.internal_error)
    .bind(unix_millis())
    .bind(ending.verified_by.as_str())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

impl SqliteStore {
    pub(super) async fn read_submission(
        &self,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StoreError> {
        // Before the row: a submission that becomes final in between is read as that.
        let progress = self.progress.get(id);
        let mut query = select_summaries(", j.test_results, j.compiler_output");
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

    pub(super) async fn read_to_judge(
        &self,
        id: SubmissionId,
    ) -> Result<Option<ToJudge>, StoreError> {
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
        let submission = new_submission(&row)?;
        let digest = PackageDigest(row.try_get("digest")?);
        let dir = self.packages.dir(&digest, &submission.problem_id);
        Ok(Some(ToJudge {
            submission,
            package: ProblemPackage {
                digest,
                dir,
                hold: Hold::default(),
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
        row.as_ref().map(new_submission).transpose()
    }

    pub(super) fn move_to(
        &self,
        id: SubmissionId,
        status: SubmissionStatus,
    ) -> Result<bool, StoreError> {
        if status.is_final() {
            return Err(StoreError::StatusNeedsVerdict(status));
        }
        Ok(self.progress.set(id, status))
    }

    pub(super) async fn read_open(&self) -> Result<Vec<OpenSubmission>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, user_id, is_custom_test FROM submissions \
             WHERE status IN ('Queued', 'Compiling', 'Running') ORDER BY number",
        )
        .fetch_all(&self.readers)
        .await?;
        let open = |row: &SqliteRow| {
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
        query.push(" WHERE 1");
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
        let rows = query.build().fetch_all(&self.readers).await?;

        let shown = &rows[..rows.len().min(limit)];
        let next_cursor = match shown.last() {
            Some(last) if rows.len() > limit => Some(cursor_after(last)?),
            _ => None,
        };
        let mut submissions: Vec<SubmissionSummary> =
            shown.iter().map(rows::summary).collect::<Result<_, _>>()?;
        for one in submissions.iter_mut().filter(|one| !one.status.is_final()) {
            one.status = self.progress.get(one.id).unwrap_or(one.status);
        }
        Ok(SubmissionPage {
            submissions,
            next_cursor,
        })
    }
}

fn select_summaries(more_columns: &'static str) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(rows::SUMMARY_COLUMNS).push(more_columns);
    query.push(" FROM submissions s LEFT JOIN judgements j ON j.submission = s.number");
    query
}

fn new_submission(row: &SqliteRow) -> Result<NewSubmission, StoreError> {
    Ok(NewSubmission {
        id: rows::submission_id(row)?,
        user_id: UserId(row.try_get("user_id")?),
        problem_id: rows::problem_id(row)?,
        language: LanguageId(row.try_get("language")?),
        code: row.try_get("code")?,
        is_custom_test: row.try_get("is_custom_test")?,
    })
}

/// The order of arrival of the last submission shown, in hexadecimal behind a version letter.
fn cursor_after(row: &SqliteRow) -> Result<String, StoreError> {
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

fn explain_refusal(error: sqlx::Error, new: &NewSubmission) -> StoreError {
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
