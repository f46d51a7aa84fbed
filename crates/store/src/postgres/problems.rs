use std::path::Path;

use letscode_model::{ProblemDetail, ProblemId, ProblemSummary};
use sqlx::postgres::PgRow;
use sqlx::{PgTransaction, Row};

use super::PostgresStore;
use super::packages::{self, PackageSurvey};
use crate::blocking::blocking;
use crate::clock::unix_millis;
use crate::rows;
use crate::{PackageDigest, ProblemPackage, ProblemRecord, StoreError};

/// Advisory lock of imports: files that one has stored and no problem refers to yet must not be swept
/// by another.
const IMPORT_LOCK: i64 = 0x6c65_7473_636f_6465;

impl PostgresStore {
    /// In one transaction: readers see the old problem until all of the new one is there. Without
    /// `replaces`, only if there is no problem of that id.
    pub(super) async fn import(
        &self,
        folder: &Path,
        detail: &ProblemDetail,
        replaces: bool,
    ) -> Result<PackageDigest, StoreError> {
        let folder = folder.to_owned();
        let survey = blocking(move || PackageSurvey::of(&folder)).await?;
        let mut transaction = self.durable_pool.begin().await?;
        lock_imports(&mut transaction).await?;
        if !replaces && is_listed(&mut transaction, &detail.summary.id).await? {
            return Err(StoreError::ProblemExists(detail.summary.id.clone()));
        }
        packages::upload(&mut transaction, &survey).await?;
        upsert(&mut transaction, detail, &survey.digest).await?;
        packages::sweep(&mut transaction).await?;
        transaction.commit().await?;
        Ok(survey.digest)
    }

    /// Deletes the problem if nothing refers to it, and hides it otherwise.
    pub(super) async fn remove(&self, id: &ProblemId) -> Result<bool, StoreError> {
        let mut transaction = self.durable_pool.begin().await?;
        lock_imports(&mut transaction).await?;
        let hidden =
            sqlx::query("UPDATE problems SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL")
                .bind(id.as_str())
                .bind(unix_millis())
                .execute(&mut *transaction)
                .await?;
        delete_unused(&mut transaction).await?;
        transaction.commit().await?;
        Ok(hidden.rows_affected() > 0)
    }

    /// Deletes removed problems whose last submission was deleted.
    pub(super) async fn delete_removed(&self) -> Result<(), StoreError> {
        let mut transaction = self.durable_pool.begin().await?;
        lock_imports(&mut transaction).await?;
        delete_unused(&mut transaction).await?;
        Ok(transaction.commit().await?)
    }

    pub(super) async fn read_records(&self) -> Result<Vec<ProblemRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.digest, p.summary, p.imported_at, k.bytes, \
                 (SELECT count(*) FROM submissions WHERE problem_id = p.id) AS submissions \
             FROM problems p JOIN packages k ON k.digest = p.digest \
             WHERE p.removed_at IS NULL ORDER BY p.id",
        )
        .fetch_all(&self.durable_pool)
        .await?;
        let record = |row: &PgRow| {
            let bytes: i64 = row.try_get("bytes")?;
            let submissions: i64 = row.try_get("submissions")?;
            Ok(ProblemRecord {
                summary: rows::json(row, "summary")?,
                digest: PackageDigest(row.try_get("digest")?),
                bytes: bytes.unsigned_abs(),
                submissions: submissions.unsigned_abs(),
                imported_at: row.try_get("imported_at")?,
            })
        };
        rows.iter().map(record).collect()
    }

    pub(super) async fn read_summaries(&self) -> Result<Vec<ProblemSummary>, StoreError> {
        let rows = sqlx::query("SELECT summary FROM problems WHERE removed_at IS NULL ORDER BY id")
            .fetch_all(&self.durable_pool)
            .await?;
        rows.iter().map(|row| rows::json(row, "summary")).collect()
    }

    pub(super) async fn read_detail(
        &self,
        id: &ProblemId,
    ) -> Result<Option<ProblemDetail>, StoreError> {
        let row = sqlx::query("SELECT detail FROM problems WHERE id = $1 AND removed_at IS NULL")
            .bind(id.as_str())
            .fetch_optional(&self.durable_pool)
            .await?;
        row.map(|row| rows::json(&row, "detail")).transpose()
    }

    pub(super) async fn read_package(
        &self,
        id: &ProblemId,
    ) -> Result<Option<ProblemPackage>, StoreError> {
        loop {
            let row =
                sqlx::query("SELECT digest FROM problems WHERE id = $1 AND removed_at IS NULL")
                    .bind(id.as_str())
                    .fetch_optional(&self.durable_pool)
                    .await?;
            let Some(row) = row else { return Ok(None) };
            let digest = PackageDigest(row.try_get("digest")?);
            // None: the problem was replaced since.
            if let Some(package) = self.local_package(&digest, id).await? {
                return Ok(Some(package));
            }
        }
    }

    /// Returns the package from this machine's cache, or from the database; `None` when it is in neither.
    pub(super) async fn local_package(
        &self,
        digest: &PackageDigest,
        id: &ProblemId,
    ) -> Result<Option<ProblemPackage>, StoreError> {
        self.cache
            .get(digest, id, async |tree| {
                packages::download(&self.durable_pool, digest, tree).await
            })
            .await
    }
}

async fn lock_imports(transaction: &mut PgTransaction<'_>) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(IMPORT_LOCK)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn is_listed(
    transaction: &mut PgTransaction<'_>,
    id: &ProblemId,
) -> Result<bool, StoreError> {
    let listed =
        sqlx::query_scalar("SELECT true FROM problems WHERE id = $1 AND removed_at IS NULL")
            .bind(id.as_str())
            .fetch_optional(&mut **transaction)
            .await?;
    Ok(listed.unwrap_or(false))
}

/// Deletes removed problems without submissions, and their packages. Their rows are locked first: a
/// submission that is just being inserted is seen after that.
async fn delete_unused(transaction: &mut PgTransaction<'_>) -> Result<(), StoreError> {
    let removed: Vec<String> =
        sqlx::query_scalar("SELECT id FROM problems WHERE removed_at IS NOT NULL FOR UPDATE")
            .fetch_all(&mut **transaction)
            .await?;
    let deleted = sqlx::query(
        "DELETE FROM problems WHERE id = ANY($1) \
         AND NOT EXISTS (SELECT 1 FROM submissions WHERE problem_id = problems.id)",
    )
    .bind(removed)
    .execute(&mut **transaction)
    .await?;
    if deleted.rows_affected() > 0 {
        packages::sweep(transaction).await?;
    }
    Ok(())
}

async fn upsert(
    transaction: &mut PgTransaction<'_>,
    detail: &ProblemDetail,
    digest: &PackageDigest,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO problems AS old (id, digest, summary, detail, imported_at) \
         VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, \
             summary = excluded.summary, detail = excluded.detail, \
             imported_at = excluded.imported_at, removed_at = NULL \
         WHERE old.digest <> excluded.digest OR old.detail <> excluded.detail \
             OR old.removed_at IS NOT NULL",
    )
    .bind(detail.summary.id.as_str())
    .bind(digest.as_str())
    .bind(rows::to_json(&detail.summary)?)
    .bind(rows::to_json(detail)?)
    .bind(unix_millis())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
