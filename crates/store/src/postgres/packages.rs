//! The contents of packages in the database: each file once, by its hash, in parts.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use sqlx::{PgPool, PgTransaction, Row};

use crate::blocking::blocking;
use crate::contents;
use crate::tree::{SourceFile, TreeDigest, TreeWriter};
use crate::{PackageDigest, StoreError};

/// Size of one part of a file, which is in memory as a whole.
const PART_BYTES: usize = 1 << 20;
/// Largest size of a package: more than any real one has.
const MAX_PACKAGE_BYTES: u64 = 4 << 30;

type BlobHash = [u8; 32];

/// The files of a package folder.
pub(super) struct PackageSurvey {
    pub digest: PackageDigest,
    files: Vec<SurveyedFile>,
    bytes: u64,
}

struct SurveyedFile {
    relative: String,
    path: PathBuf,
    hash: BlobHash,
    bytes: u64,
    executable: bool,
}

impl PackageSurvey {
    /// Reads all files once: the digest depends on all of them.
    pub fn of(folder: &Path) -> Result<Self, StoreError> {
        let mut digest = TreeDigest::default();
        let mut files = Vec::new();
        let mut bytes = 0;
        for (relative, path) in contents::list(folder)? {
            let mut source = SourceFile::open(&path)?;
            bytes += source.bytes;
            if bytes > MAX_PACKAGE_BYTES {
                return Err(StoreError::Package {
                    path: folder.to_owned(),
                    reason: format!("it has more than {MAX_PACKAGE_BYTES} bytes"),
                });
            }
            let mut hasher = blake3::Hasher::new();
            digest.file(&relative, source.bytes, source.executable);
            source.read(|piece| {
                digest.contents(piece);
                hasher.update(piece);
                Ok(())
            })?;
            files.push(SurveyedFile {
                relative,
                hash: hasher.finalize().into(),
                bytes: source.bytes,
                executable: source.executable,
                path,
            });
        }
        Ok(PackageSurvey {
            digest: digest.finish(),
            files,
            bytes,
        })
    }
}

/// Stores a package, without the files that are stored already.
pub(super) async fn upload(
    transaction: &mut PgTransaction<'_>,
    survey: &PackageSurvey,
) -> Result<(), StoreError> {
    let new =
        sqlx::query("INSERT INTO packages (digest, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(survey.digest.as_str())
            .bind(survey.bytes as i64)
            .execute(&mut **transaction)
            .await?;
    if new.rows_affected() == 0 {
        return Ok(());
    }
    let by_hash: HashMap<&BlobHash, &SurveyedFile> =
        survey.files.iter().map(|file| (&file.hash, file)).collect();
    let stored = stored(transaction, &by_hash).await?;
    for (hash, file) in by_hash {
        if !stored.contains(hash.as_slice()) {
            upload_file(transaction, file).await?;
        }
    }
    let column =
        |of: fn(&SurveyedFile) -> &str| -> Vec<&str> { survey.files.iter().map(of).collect() };
    sqlx::query(
        "INSERT INTO package_files (package, path, blob, executable) \
         SELECT $1, * FROM unnest($2::text[], $3::bytea[], $4::boolean[])",
    )
    .bind(survey.digest.as_str())
    .bind(column(|file| &file.relative))
    .bind(
        survey
            .files
            .iter()
            .map(|file| &file.hash[..])
            .collect::<Vec<_>>(),
    )
    .bind(
        survey
            .files
            .iter()
            .map(|file| file.executable)
            .collect::<Vec<_>>(),
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn stored(
    transaction: &mut PgTransaction<'_>,
    files: &HashMap<&BlobHash, &SurveyedFile>,
) -> Result<HashSet<Vec<u8>>, StoreError> {
    let hashes: Vec<&[u8]> = files.keys().map(|hash| hash.as_slice()).collect();
    let rows = sqlx::query("SELECT hash FROM blobs WHERE hash = ANY($1)")
        .bind(hashes)
        .fetch_all(&mut **transaction)
        .await?;
    rows.iter().map(|row| Ok(row.try_get("hash")?)).collect()
}

async fn upload_file(
    transaction: &mut PgTransaction<'_>,
    file: &SurveyedFile,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO blobs (hash, bytes) VALUES ($1, $2)")
        .bind(&file.hash[..])
        .bind(file.bytes as i64)
        .execute(&mut **transaction)
        .await?;
    let path = file.path.clone();
    let mut source = blocking(move || SourceFile::open(&path)).await?;
    let mut hasher = blake3::Hasher::new();
    for number in 0.. {
        let (returned, part) = blocking(move || {
            let mut part = vec![0; PART_BYTES];
            let filled = source.fill(&mut part)?;
            part.truncate(filled);
            Ok((source, part))
        })
        .await?;
        source = returned;
        if part.is_empty() {
            break;
        }
        hasher.update(&part);
        sqlx::query("INSERT INTO parts (blob, number, contents) VALUES ($1, $2, $3)")
            .bind(&file.hash[..])
            .bind(number)
            .bind(part)
            .execute(&mut **transaction)
            .await?;
    }
    if hasher.finalize() == file.hash {
        Ok(())
    } else {
        // It changed since the survey.
        Err(source.changed_error())
    }
}

/// Removes packages that no problem has any more, and the files that only they had. A concurrent reader
/// has a snapshot in which they still exist.
pub(super) async fn sweep(transaction: &mut PgTransaction<'_>) -> Result<(), StoreError> {
    let removed = sqlx::query(
        "DELETE FROM packages WHERE NOT EXISTS \
             (SELECT 1 FROM problems WHERE problems.digest = packages.digest)",
    )
    .execute(&mut **transaction)
    .await?;
    if removed.rows_affected() > 0 {
        sqlx::query(
            "DELETE FROM blobs WHERE NOT EXISTS \
                 (SELECT 1 FROM package_files WHERE package_files.blob = blobs.hash)",
        )
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

/// Writes a package below a folder and returns the digest of the written files; `None` when the
/// package is not in the database. One statement, so one snapshot; part by part, so little memory.
pub(super) async fn download(
    pool: &PgPool,
    digest: &PackageDigest,
    tree: PathBuf,
) -> Result<Option<PackageDigest>, StoreError> {
    let mut rows = sqlx::query(
        "SELECT f.path, f.executable, b.bytes, p.contents \
         FROM package_files f JOIN blobs b ON b.hash = f.blob \
             LEFT JOIN parts p ON p.blob = f.blob \
         WHERE f.package = $1 ORDER BY f.path, p.number",
    )
    .bind(digest.as_str())
    .fetch(pool);
    let mut writer = blocking(move || TreeWriter::create(tree)).await?;
    let mut current: Option<String> = None;
    while let Some(row) = rows.try_next().await? {
        let path: String = row.try_get("path")?;
        let bytes: i64 = row.try_get("bytes")?;
        let executable = row.try_get("executable")?;
        // An empty file has no parts.
        let part: Option<Vec<u8>> = row.try_get("contents")?;
        let begins = current.as_deref() != Some(&path);
        if begins {
            check_path(&path)?;
            current = Some(path.clone());
        }
        writer = blocking(move || {
            if begins {
                writer.file(&path, bytes as u64, executable)?;
            }
            writer.write(&part.unwrap_or_default())?;
            Ok(writer)
        })
        .await?;
    }
    Ok(current.map(|_| writer.finish()))
}

/// Rejects paths that leave the package: a writer of the database is trusted with packages, but not
/// with this machine's files.
fn check_path(path: &str) -> Result<(), StoreError> {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
    if path.split('/').all(is_plain) {
        Ok(())
    } else {
        Err(StoreError::Corrupt {
            what: "a package",
            reason: format!("a file is called {path:?}"),
        })
    }
}
