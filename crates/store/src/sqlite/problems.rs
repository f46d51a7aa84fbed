use std::collections::HashSet;
use std::path::Path;

use letscode_model::{ProblemDetail, ProblemId, ProblemSummary};
use sqlx::Row;

use super::SqliteStore;
use crate::blocking::blocking;
use crate::clock::unix_millis;
use crate::rows;
use crate::store::PackageGuard;
use crate::{PackageDigest, ProblemPackage, StoreError};

impl SqliteStore {
    pub(super) async fn import(
        &self,
        folder: &Path,
        detail: &ProblemDetail,
    ) -> Result<PackageDigest, StoreError> {
        let packages = self.packages.clone();
        let folder = folder.to_owned();
        let id = detail.summary.id.clone();
        // The lock is held until the row refers to the tree, or a sweep could come in between.
        let (_lock, digest) = blocking(move || {
            let lock = packages.acquire_lock()?;
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
                 imported_at = excluded.imported_at \
             WHERE digest <> excluded.digest OR detail <> excluded.detail",
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

    pub(super) async fn read_summaries(&self) -> Result<Vec<ProblemSummary>, StoreError> {
        let rows = sqlx::query("SELECT summary FROM problems ORDER BY id")
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| rows::json(row, "summary")).collect()
    }

    pub(super) async fn read_detail(
        &self,
        id: &ProblemId,
    ) -> Result<Option<ProblemDetail>, StoreError> {
        let row = sqlx::query("SELECT detail FROM problems WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| rows::json(&row, "detail")).transpose()
    }

    pub(super) async fn read_package(
        &self,
        id: &ProblemId,
    ) -> Result<Option<ProblemPackage>, StoreError> {
        let row = sqlx::query("SELECT digest FROM problems WHERE id = ?1")
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
