use std::path::Path;

use letscode_model::{ProblemDetail, ProblemId, ProblemSummary};
use sqlx::{PgTransaction, Row};

use super::PostgresStore;
use super::packages::{self, PackageSurvey};
use crate::blocking::blocking;
use crate::clock::unix_millis;
use crate::rows;
use crate::{PackageDigest, ProblemPackage, StoreError};

/// Advisory lock of imports: files that one has stored and no problem refers to yet must not be swept
/// by another.
const IMPORT_LOCK: i64 = 0x6c65_7473_636f_6465;

impl PostgresStore {
    /// In one transaction: readers see the old problem until all of the new one is there.
    pub(super) async fn import(
        &self,
        folder: &Path,
        detail: &ProblemDetail,
    ) -> Result<PackageDigest, StoreError> {
        let folder = folder.to_owned();
        let survey = blocking(move || PackageSurvey::of(&folder)).await?;
        let mut transaction = self.durable_pool.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(IMPORT_LOCK)
            .execute(&mut *transaction)
            .await?;
        packages::upload(&mut transaction, &survey).await?;
        upsert(&mut transaction, detail, &survey.digest).await?;
        packages::sweep(&mut transaction).await?;
        transaction.commit().await?;
        Ok(survey.digest)
    }

    pub(super) async fn read_summaries(&self) -> Result<Vec<ProblemSummary>, StoreError> {
        let rows = sqlx::query("SELECT summary FROM problems ORDER BY id")
            .fetch_all(&self.durable_pool)
            .await?;
        rows.iter().map(|row| rows::json(row, "summary")).collect()
    }

    pub(super) async fn read_detail(
        &self,
        id: &ProblemId,
    ) -> Result<Option<ProblemDetail>, StoreError> {
        let row = sqlx::query("SELECT detail FROM problems WHERE id = $1")
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
            let row = sqlx::query("SELECT digest FROM problems WHERE id = $1")
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
             imported_at = excluded.imported_at \
         WHERE old.digest <> excluded.digest OR old.detail <> excluded.detail",
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
