use std::path::PathBuf;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use letscode_import::{ImportMode, ImportedProblem};
use letscode_model::ProblemId;
use tokio::io::AsyncWriteExt;

use super::import::{PackageUpload, import};
use super::receive::{ReceivedArchive, archive_name, receive, unwritable};
use super::settings::PackageImporter;
use super::slots::UploadSlot;
use crate::AppState;
use crate::audit_sender::AuditSender;
use crate::error::ApiError;
use crate::manager::ProblemManager;

/// A package as it arrives.
pub(crate) enum UploadSource {
    /// The body of a request that was not read yet.
    Request { headers: HeaderMap, body: Body },
    /// An archive that another API has read, with its own name.
    Archive {
        bytes: Bytes,
        file_name: Option<String>,
    },
}

/// Receives a package and imports it for somebody who may manage problems. `id` takes precedence over the form's and the package's own.
pub(crate) async fn take_package(
    state: &AppState,
    source: UploadSource,
    (slot, manager): (UploadSlot, ProblemManager),
    id: Option<ProblemId>,
    mode: ImportMode,
    sender: AuditSender,
) -> Result<ImportedProblem, ApiError> {
    let importer = importer(state)?;
    let mut builder = tempfile::Builder::new();
    let folder = builder.prefix("upload-").tempdir_in(importer.folder());
    let folder = folder.map_err(|error| unwritable(&error))?;
    let received = match source {
        UploadSource::Request { headers, body } => {
            let max_bytes = state.settings().packages.max_bytes;
            receive(&headers, body, folder.path(), max_bytes).await?
        }
        UploadSource::Archive { bytes, file_name } => {
            let name = archive_name(file_name.as_deref());
            write(folder.path().join(name), &bytes).await?
        }
    };
    let id = match (id, &received.id) {
        (None, Some(text)) => Some(parse_id(text)?),
        (id, _) => id,
    };
    let upload = PackageUpload {
        folder,
        archive: received.path,
        id,
        mode,
        slot,
        manager,
        sender,
    };
    let imported = import(state, importer, upload).await?;
    let (id, version) = (&imported.summary.id, &imported.version);
    tracing::info!(%id, %version, "a package was imported");
    Ok(imported)
}

/// Parses the id of a problem that a client states.
pub(crate) fn parse_id(text: &str) -> Result<ProblemId, ApiError> {
    ProblemId::parse(text).map_err(|error| ApiError::InvalidParameter {
        reason: format!("`id`: {error}"),
    })
}

pub(crate) fn importer(state: &AppState) -> Result<&PackageImporter, ApiError> {
    let importer = state.settings().packages.importer.as_ref();
    importer.ok_or(ApiError::NotReady("this server takes no packages"))
}

async fn write(path: PathBuf, bytes: &[u8]) -> Result<ReceivedArchive, ApiError> {
    let file = tokio::fs::File::create_new(&path).await;
    let mut file = file.map_err(|error| unwritable(&error))?;
    let written = file.write_all(bytes).await;
    written.map_err(|error| unwritable(&error))?;
    let flushed = file.flush().await;
    flushed.map_err(|error| unwritable(&error))?;
    Ok(ReceivedArchive { path, id: None })
}
