use std::path::Path;

use letscode_import::{
    ImportError, ImportMode, ImportedProblem, OpenOptions, OpenedPackage, import_folder,
};
use letscode_model::ProblemId;
use letscode_package::{PackageError, UnpackLimits};
use letscode_store::StoreError;
use tempfile::TempDir;

use super::receive::unwritable;
use super::settings::PackageImporter;
use super::slots::UploadSlot;
use crate::AppState;
use crate::audit_sender::AuditSender;
use crate::error::{ApiError, internal};
use crate::manager::ProblemManager;
use crate::pacing;

/// An archive that was received, with everything that its import holds.
pub(crate) struct PackageUpload {
    /// Folder of its own, with the archive and what is made of it.
    pub folder: TempDir,
    pub archive: std::path::PathBuf,
    /// Id of the problem; by default the package's own.
    pub id: Option<ProblemId>,
    pub mode: ImportMode,
    pub slot: UploadSlot,
    /// The sender.
    pub manager: ProblemManager,
    pub sender: AuditSender,
}

/// Imports a package. It goes on to its end when the client hangs up, and leaves nothing but the problem.
pub(crate) async fn import(
    state: &AppState,
    importer: &PackageImporter,
    upload: PackageUpload,
) -> Result<ImportedProblem, ApiError> {
    let (state, importer) = (state.clone(), importer.clone());
    let importing = pacing::spawn(async move {
        let imported = import_upload(&state, &importer, &upload).await;
        if let Ok(problem) = &imported {
            state.code_limits().forget(&problem.summary.id);
        }
        let PackageUpload { folder, slot, .. } = upload;
        let closed = pacing::spawn_blocking(move || folder.close()).await;
        if let Err(error) = closed.map_err(std::io::Error::other).flatten() {
            tracing::warn!(%error, "an upload's folder could not be removed");
        }
        drop(slot);
        imported
    });
    importing
        .await
        .map_err(|error| internal("an import failed", &error))?
}

async fn import_upload(
    state: &AppState,
    importer: &PackageImporter,
    upload: &PackageUpload,
) -> Result<ImportedProblem, ApiError> {
    let folder = upload.folder.path().to_owned();
    let options = OpenOptions {
        temporary: Some(folder.clone()),
        id: upload.id.clone(),
        limits: state.settings().packages.unpacked,
        caps: state.settings().caps,
    };
    let (archive, opener) = (upload.archive.clone(), importer.clone());
    let opening = pacing::spawn_blocking(move || open(&archive, &options, &opener));
    let opened = opening
        .await
        .map_err(|error| internal("a package could not be opened", &error))?;
    let opened = opened.map_err(|error| refuse(&error, &folder))?;
    // Before the package is measured, which takes a while: adding it says so again.
    let id = opened.package.id.clone();
    if upload.mode == ImportMode::Add && state.store().problem(&id).await?.is_some() {
        return Err(ApiError::ProblemExists(id.to_string()));
    }
    upload.manager.claim(state, &id).await?;
    let imported = import_opened(state, importer, upload, opened).await;
    if imported.is_err() {
        // Nothing is there that could be somebody's.
        state.store().release_claim(&id).await?;
    }
    imported
}

/// Measures and stores a package that its sender may add or replace.
async fn import_opened(
    state: &AppState,
    importer: &PackageImporter,
    upload: &PackageUpload,
    opened: OpenedPackage,
) -> Result<ImportedProblem, ApiError> {
    let folder = upload.folder.path().to_owned();
    let (calibrating, root) = (importer.clone(), folder.clone());
    let measuring = pacing::spawn_blocking(move || measure(opened, &calibrating, &root));
    let opened = measuring
        .await
        .map_err(|error| internal("a package could not be measured", &error))??;
    let imported = import_folder(
        state.store(),
        opened.package.dir.clone(),
        importer.languages().clone(),
        upload.mode,
    )
    .await;
    let mut imported = imported.map_err(|error| refuse(&error, &folder))?;
    let event = imported.audit_event(&upload.sender.actor);
    let event = event.from_address(upload.sender.address);
    state.store().record_audit(&event).await?;
    imported.warnings.splice(0..0, opened.warnings);
    imported.summary.lower_limits(&state.settings().caps);
    Ok(imported)
}

fn open(
    archive: &Path,
    options: &OpenOptions,
    importer: &PackageImporter,
) -> Result<OpenedPackage, ImportError> {
    let mut archive = archive.to_owned();
    if let Some(id) = &options.id {
        let named = archive.with_file_name(format!("{id}.zip"));
        std::fs::rename(&archive, &named)?;
        archive = named;
    }
    let opened = OpenedPackage::open(&archive, options, importer.languages())?;
    // It is not needed any more, and may be as large as what is in it.
    std::fs::remove_file(archive)?;
    Ok(opened)
}

/// Writes a measured time limit into a package that states none.
fn measure(
    mut opened: OpenedPackage,
    importer: &PackageImporter,
    folder: &Path,
) -> Result<OpenedPackage, ApiError> {
    if !opened.needs_limit() {
        return Ok(opened);
    }
    let Some(calibrator) = importer.calibrator() else {
        return Err(ApiError::PackageRefused(vec![NO_CALIBRATOR.to_owned()]));
    };
    let measured = opened.measure_limit(calibrator);
    let measured = measured.map_err(|error| refuse(&error.into(), folder))?;
    if let Some(limit) = measured {
        let written = limit.write_into(&opened.package.dir);
        written.map_err(|error| unwritable(&error))?;
    }
    Ok(opened)
}

const NO_CALIBRATOR: &str = "the package states no time limit, and this server has no cells to \
     measure its solutions in: write `limits: {time_limit: SECONDS}` into problem.yaml, or import it \
     with `letscode problem import --database URL` on a worker's machine";

/// Says why a package is refused, or that it is the service's fault.
fn refuse(error: &ImportError, folder: &Path) -> ApiError {
    match error {
        ImportError::Exists(id) => ApiError::ProblemExists(id.to_string()),
        ImportError::Io(error) => unwritable(error),
        ImportError::Package(PackageError::Io { source, .. }) if is_of_host(source) => {
            unwritable(source)
        }
        ImportError::Store(StoreError::Package { .. })
        | ImportError::Package(_)
        | ImportError::Limit(_) => ApiError::PackageRefused(vec![error.message_without(folder)]),
        ImportError::Store(error) if error.is_full() || error.is_outage() => {
            tracing::error!(%error, "a package could not be stored");
            ApiError::NotReady("the store does not answer, or has no room left")
        }
        ImportError::Store(error) => internal("a package could not be stored", error),
    }
}

/// True if a file could not be written for a reason that no package has.
fn is_of_host(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(
        error.kind(),
        PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull
    )
}

/// Bounds of packages, as `GET /api/config` shows them.
#[derive(Debug, Clone, Copy, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PackageBounds {
    /// Largest archive.
    max_bytes: u64,
    /// Largest contents of an archive.
    max_unpacked_bytes: u64,
    /// Most files, folders and links in an archive.
    max_files: usize,
}

impl PackageBounds {
    pub fn new(max_bytes: u64, unpacked: UnpackLimits) -> Self {
        PackageBounds {
            max_bytes,
            max_unpacked_bytes: unpacked.max_bytes,
            max_files: unpacked.max_entries,
        }
    }
}
