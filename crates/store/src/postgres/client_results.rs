//! Results that browsers report. `write_judgement` compares them with the server's.

use letscode_model::{NewSubmission, UserId, VerifiedBy};

use super::PostgresStore;
use crate::clock::unix_millis;
use crate::rows;
use crate::{ClientVerdict, StoreError};

impl PostgresStore {
    /// Inserts a submission together with its browser's result.
    pub(super) async fn insert_with_result(
        &self,
        new: &NewSubmission,
        result: &ClientVerdict,
    ) -> Result<(), StoreError> {
        let now = unix_millis();
        let query = match result {
            ClientVerdict::Trusted(judgement) => sqlx::query(
                "WITH owner AS ( \
                     SELECT 1 FROM accounts WHERE id = $2 FOR KEY SHARE), \
                 submission AS ( \
                     INSERT INTO submissions (id, user_id, problem_id, language, is_custom_test, \
                         created_at, status, is_open, judged, shown, run_all) \
                     SELECT $1, $2, $3, $4, $5, $6, $8, false, 1, 1, $14 \
                     WHERE NOT $15::boolean OR EXISTS (SELECT 1 FROM owner) RETURNING number), \
                 source AS ( \
                     INSERT INTO sources (submission, code) SELECT number, $7 FROM submission) \
                 INSERT INTO judgements (submission, verdict, test_results, compiler_output, \
                     internal_error, judged_at, verified_by, status) \
                 SELECT number, $9, $10, $11, $12, $6, $13, $8 FROM submission",
            )
            .bind(new.id.0)
            .bind(&new.user_id.0)
            .bind(new.problem_id.as_str())
            .bind(new.language.as_str())
            .bind(new.is_custom_test)
            .bind(now)
            .bind(new.code.as_bytes())
            .bind(judgement.verdict.status.final_status().as_str())
            .bind(rows::to_json(&judgement.verdict)?)
            .bind(rows::to_json(&judgement.test_results)?)
            .bind(judgement.compiler_output.as_bytes())
            .bind(judgement.internal_error.as_deref().map(str::as_bytes))
            .bind(VerifiedBy::Client.as_str())
            .bind(new.run_all)
            .bind(new.user_id.is_account()),
            ClientVerdict::Unverified(verdict) => sqlx::query(
                "WITH owner AS ( \
                     SELECT 1 FROM accounts WHERE id = $2 FOR KEY SHARE), \
                 submission AS ( \
                     INSERT INTO submissions (id, user_id, problem_id, language, is_custom_test, \
                         created_at, run_all, terms) \
                     SELECT $1, $2, $3, $4, $5, $6, $9, $10 \
                     WHERE NOT $11::boolean OR EXISTS (SELECT 1 FROM owner) RETURNING number), \
                 source AS ( \
                     INSERT INTO sources (submission, code) SELECT number, $7 FROM submission) \
                 INSERT INTO claims (submission, verdict) SELECT number, $8::jsonb FROM submission",
            )
            .bind(new.id.0)
            .bind(&new.user_id.0)
            .bind(new.problem_id.as_str())
            .bind(new.language.as_str())
            .bind(new.is_custom_test)
            .bind(now)
            .bind(new.code.as_bytes())
            .bind(rows::to_json(verdict)?)
            .bind(new.run_all)
            .bind(rows::terms_json(&new.terms)?)
            .bind(new.user_id.is_account()),
        };
        let inserted = query.execute(&self.durable_pool).await;
        let inserted = inserted.map_err(|error| StoreError::on_insert(error, new))?;
        StoreError::require_owner(inserted.rows_affected())
    }

    pub(super) async fn read_is_trusted(&self, user: &UserId) -> Result<bool, StoreError> {
        let lies: i64 = sqlx::query_scalar("SELECT count(*) FROM disbelieved WHERE user_id = $1")
            .bind(&user.0)
            .fetch_one(&self.durable_pool)
            .await?;
        Ok(lies == 0)
    }
}
