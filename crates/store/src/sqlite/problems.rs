use std::collections::HashSet;
use std::path::Path;

use letscode_model::{ProblemDetail, ProblemId, ProblemSummary};
use sqlx::Row;

use super::SqliteStore;
use crate::blocking::blocking;
use crate::cache;
use crate::clock::unix_millis;
use crate::rows;
use crate::store::PackageGuard;
use crate::{PackageDigest, ProblemPackage, ProblemRecord, StoreError};

/// Deletes removed problems without submissions.
pub(super) const DELETE_UNUSED: &str = "DELETE FROM problems WHERE removed_at IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM submissions WHERE problem_id = problems.id)";

impl SqliteStore {
    /// Without `replaces`, only if there is no problem of that id.
    pub(super) async fn import(
        &self,
        folder: &Path,
        detail: &ProblemDetail,
        replaces: bool,
    ) -> Result<PackageDigest, StoreError> {
        let packages = self.packages.clone();
        let folder = folder.to_owned();
        let id = detail.summary.id.clone();
        // The lock is held until the row refers to the tree, or a sweep could come in between.
        let trees = packages.clone();
        let lock = blocking(move || trees.acquire_lock()).await?;
        if !replaces && self.read_detail(&id).await?.is_some() {
            return Err(StoreError::ProblemExists(id));
        }
        let (_lock, digest) = blocking(move || {
            let digest = packages.add(&folder, &id)?;
            Ok((lock, digest))
        })
        .await?;
        self.upsert(detail, &digest).await?;
        Ok(digest)
    }

    async fn upsert(
        &self,
        detail: &ProblemDetail,
        digest: &PackageDigest,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO problems (id, digest, summary, detail, imported_at) \
             VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, \
                 summary = excluded.summary, detail = excluded.detail, \
                 imported_at = excluded.imported_at, removed_at = NULL \
             WHERE digest <> excluded.digest OR detail <> excluded.detail \
                 OR removed_at IS NOT NULL",
        )
        .bind(detail.summary.id.as_str())
        .bind(digest.as_str())
        .bind(rows::to_json(&detail.summary)?)
        .bind(rows::to_json(detail)?)
        .bind(unix_millis())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Deletes the problem if nothing refers to it, and hides it otherwise. Its package is removed at the
    /// next start, since a judge may be reading it.
    pub(super) async fn remove(&self, id: &ProblemId) -> Result<bool, StoreError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let hidden =
            sqlx::query("UPDATE problems SET removed_at = ?2 WHERE id = ?1 AND removed_at IS NULL")
                .bind(id.as_str())
                .bind(unix_millis())
                .execute(&mut *transaction)
                .await?;
        sqlx::query(DELETE_UNUSED)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(hidden.rows_affected() > 0)
    }

    pub(super) async fn read_records(&self) -> Result<Vec<ProblemRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, digest, summary, imported_at, \
                 (SELECT count(*) FROM submissions WHERE problem_id = problems.id) AS submissions \
             FROM problems WHERE removed_at IS NULL ORDER BY id",
        )
        .fetch_all(&self.readers)
        .await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in &rows {
            let summary: ProblemSummary = rows::json(row, "summary")?;
            let digest = PackageDigest(row.try_get("digest")?);
            let dir = self.packages.dir(&digest, &summary.id);
            let submissions: i64 = row.try_get("submissions")?;
            records.push(ProblemRecord {
                summary,
                digest,
                bytes: blocking(move || cache::size(&dir)).await?,
                submissions: submissions.unsigned_abs(),
                imported_at: row.try_get("imported_at")?,
            });
        }
        Ok(records)
    }

    pub(super) async fn read_summaries(&self) -> Result<Vec<ProblemSummary>, StoreError> {
        let rows = sqlx::query("SELECT summary FROM problems WHERE removed_at IS NULL ORDER BY id")
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| rows::json(row, "summary")).collect()
    }

    pub(super) async fn read_detail(
        &self,
        id: &ProblemId,
    ) -> Result<Option<ProblemDetail>, StoreError> {
        let row = sqlx::query("SELECT detail FROM problems WHERE id = ?1 AND removed_at IS NULL")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| rows::json(&row, "detail")).transpose()
    }

    pub(super) async fn read_package(
        &self,
        id: &ProblemId,
    ) -> Result<Option<ProblemPackage>, StoreError> {
        let row = sqlx::query("SELECT digest FROM problems WHERE id = ?1 AND removed_at IS NULL")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let digest = PackageDigest(row.try_get("digest")?);
        let dir = self.packages.dir(&digest, id);
        Ok(Some(ProblemPackage {
            digest,
            dir,
            guard: PackageGuard::default(),
        }))
    }

    /// Returns the digest and the problem id of every package tree that a problem refers to.
    pub(super) async fn package_keys(&self) -> Result<HashSet<(String, String)>, StoreError> {
        let rows = sqlx::query("SELECT digest, id FROM problems")
            .fetch_all(&self.readers)
            .await?;
        let key = |row: &sqlx::sqlite::SqliteRow| Ok((row.try_get("digest")?, row.try_get("id")?));
        rows.iter().map(key).collect()
    }
}
