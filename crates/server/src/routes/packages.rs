//! Problems as packages: added, replaced, removed and returned.

use std::fs::File;
use std::io::Seek;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use letscode_import::{ImportMode, ImportedProblem};
use letscode_model::{AuditAction, ProblemId, plain_title};
use letscode_package::pack_zip;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

use crate::AppState;
use crate::admission::quote;
use crate::audit_sender::AuditSender;
use crate::body::{DISCARD_TIME, discard};
use crate::caller::Identity;
use crate::connection::client_address;
use crate::error::{ApiError, internal};
use crate::error_response::ErrorResponses;
use crate::file_body::file_body;
use crate::manager::ProblemManager;
use crate::pacing;
use crate::params::{ApiQuery, PathText};
use crate::uploads::{UploadSource, importer, parse_id, take_package};

/// A zip archive of a problem package.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(
    dead_code,
    reason = "only for the OpenAPI document; archives are streamed"
)]
pub(crate) struct PackageArchive(Vec<u8>);

/// A form with an archive.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only for the OpenAPI document; archives are streamed"
)]
pub(crate) struct PackageForm {
    /// The zip archive; the field may also be called `zip`.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Id of the problem; by default the package's own.
    id: Option<String>,
}

/// A problem that was imported.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportedPackage {
    id: ProblemId,
    title: String,
    /// Hash of the package's contents.
    version: String,
    total_tests: u32,
    /// CPU time limit of one run in milliseconds.
    time_limit: f64,
    /// Source of the time limit, for people: a file of the package, or a measurement.
    time_limit_from: String,
    /// Memory limit of one run in bytes.
    memory_limit: u64,
    /// Everything that the package's author should know about.
    warnings: Vec<String>,
}

impl From<ImportedProblem> for ImportedPackage {
    fn from(problem: ImportedProblem) -> Self {
        let ImportedProblem {
            summary,
            version,
            time_limit_from,
            warnings,
            ..
        } = problem;
        ImportedPackage {
            title: plain_title(&summary.title),
            version: version.to_string(),
            total_tests: summary.total_tests,
            time_limit: summary.time_limit,
            time_limit_from,
            memory_limit: summary.memory_limit,
            warnings,
            id: summary.id,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AddQuery {
    /// Id of the problem. By default the name of the package's folder in the archive, or of the
    /// archive.
    id: Option<String>,
}

/// Add a problem: a zip of its package (Kattis/ICPC format, or Polygon, DMOJ, Hydro). It is vetted as by
/// `letscode problem import`, and open for submissions when the answer is there.
#[utoipa::path(
    post, path = "/api/problems", operation_id = "addProblem", tag = "problems",
    params(AddQuery), security(("adminToken" = []), ()),
    request_body(content(
        (PackageArchive = "application/zip"), (PackageForm = "multipart/form-data"),
    )),
    responses(
        (status = 201, description = "The problem is imported", body = ImportedPackage),
        (status = 409, description = "A problem of this id exists; replace it with PUT",
            body = crate::error_response::ErrorBody, content_type = "application/problem+json"),
        (status = 422, description = "The package has mistakes; `errors` lists them",
            body = crate::error_response::ErrorBody, content_type = "application/problem+json"),
        ErrorResponses,
    ),
)]
pub(crate) async fn add(
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<AddQuery>,
    request: Request,
) -> Result<Response, ApiError> {
    let id = query.id.as_deref().map(parse_id).transpose();
    let imported = take(&state, request, id, ImportMode::Add).await?;
    Ok(created(imported))
}

/// Replace a problem, or add it: a zip of its package. The id of the address is the problem's, whatever the
/// package says. Submissions that are being judged finish with the old tests.
#[utoipa::path(
    put, path = "/api/problems/{id}", operation_id = "putProblem", tag = "problems",
    params(("id" = String, Path, description = "The problem's id", example = "aplusb")),
    security(("adminToken" = []), ()),
    request_body(content(
        (PackageArchive = "application/zip"), (PackageForm = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The problem is replaced", body = ImportedPackage),
        (status = 201, description = "The problem is new", body = ImportedPackage),
        (status = 422, description = "The package has mistakes; `errors` lists them",
            body = crate::error_response::ErrorBody, content_type = "application/problem+json"),
        ErrorResponses,
    ),
)]
pub(crate) async fn put(
    State(state): State<AppState>,
    PathText(id): PathText,
    request: Request,
) -> Result<Response, ApiError> {
    let id = parse_id(&id);
    let is_new = match &id {
        Ok(id) => state.store().problem(id).await?.is_none(),
        Err(_) => true,
    };
    // Before a body is read that is not wanted.
    if let (Ok(id), false) = (&id, is_new)
        && let Ok(manager) = ProblemManager::of(&Identity::of(request.extensions()))
    {
        manager.require(&state, id).await?;
    }
    let imported = take(&state, request, id.map(Some), ImportMode::Replace).await?;
    if is_new {
        return Ok(created(imported));
    }
    Ok(Json(ImportedPackage::from(imported)).into_response())
}

/// Remove a problem. It is no longer listed and takes no submissions; those that it has stay readable,
/// and open ones are judged.
#[utoipa::path(
    delete, path = "/api/problems/{id}", operation_id = "removeProblem", tag = "problems",
    params(("id" = String, Path, description = "The problem's id", example = "aplusb")),
    security(("adminToken" = []), ()),
    responses((status = 204, description = "The problem is removed"), ErrorResponses),
)]
pub(crate) async fn remove(
    manager: ProblemManager,
    State(state): State<AppState>,
    PathText(text): PathText,
    sender: AuditSender,
) -> Result<StatusCode, ApiError> {
    let unknown = || ApiError::UnknownProblem(quote(&text));
    let id = ProblemId::parse(&text).map_err(|_| unknown())?;
    manager.require(&state, &id).await?;
    if !state.store().remove_problem(&id).await? {
        return Err(unknown());
    }
    let event = sender.event(AuditAction::ProblemRemoved, id.as_str());
    state.store().record_audit(&event).await?;
    state.code_limits().forget(&id);
    tracing::info!(%id, "a problem was removed");
    Ok(StatusCode::NO_CONTENT)
}

/// Get a problem's package as a zip, hidden tests included. Importing it again gives the same version.
#[utoipa::path(
    get, path = "/api/problems/{id}/package", operation_id = "getPackage", tag = "problems",
    params(("id" = String, Path, description = "The problem's id", example = "aplusb")),
    security(("adminToken" = []), ()),
    responses(
        (status = 200, description = "The package", content_type = "application/zip", body = PackageArchive),
        ErrorResponses,
    ),
)]
pub(crate) async fn export(
    manager: ProblemManager,
    State(state): State<AppState>,
    PathText(text): PathText,
    request: Request,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::UnknownProblem(quote(&text));
    let id = ProblemId::parse(&text).map_err(|_| unknown())?;
    manager.require(&state, &id).await?;
    let address = client_address(request.extensions(), request.headers());
    let slot = state.uploads().take(address)?;
    let folder = importer(&state)?.folder().to_owned();
    let package = state.store().problem_package(&id).await?;
    let package = package.ok_or_else(unknown)?;
    let version = package.digest.to_string();
    let packing = pacing::spawn_blocking(move || {
        let _slot = slot;
        // Without a name: it is gone when nobody reads it any more.
        let mut file = tempfile::tempfile_in(folder)?;
        pack_zip(&package.dir, &mut file).map_err(std::io::Error::other)?;
        file.rewind()?;
        let bytes = file.metadata()?.len();
        Ok::<(File, u64), std::io::Error>((file, bytes))
    });
    let packed = packing.await.map_err(std::io::Error::other).flatten();
    let (file, bytes) =
        packed.map_err(|error| internal("a package could not be packed", &error))?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{id}.zip\""),
        ),
        (header::ETAG, format!("\"{version}\"")),
    ];
    Ok((headers, file_body(file)).into_response())
}

fn created(problem: ImportedProblem) -> Response {
    let location = format!("/api/problems/{}", problem.summary.id);
    let headers = [(header::LOCATION, location)];
    let body = Json(ImportedPackage::from(problem));
    (StatusCode::CREATED, headers, body).into_response()
}

/// Takes the package in a request. One that is refused is read on for a while: many clients only look at
/// the answer when they are done with sending.
async fn take(
    state: &AppState,
    request: Request,
    id: Result<Option<ProblemId>, ApiError>,
    mode: ImportMode,
) -> Result<ImportedProblem, ApiError> {
    let address = client_address(request.extensions(), request.headers());
    let (parts, mut body) = request.into_parts();
    let sender = AuditSender::of(&parts);
    let admitted = ProblemManager::check(&parts)
        .and_then(|manager| Ok((manager, id?, state.uploads().take(address)?)));
    match admitted {
        Ok((manager, id, slot)) => {
            let headers = parts.headers;
            let source = UploadSource::Request { headers, body };
            take_package(state, source, (slot, manager), id, mode, sender).await
        }
        Err(error) => {
            // A client that expects an answer first has not begun to send.
            if !parts.headers.contains_key(header::EXPECT) {
                let _ = timeout(DISCARD_TIME, discard(&mut body)).await;
            }
            Err(error)
        }
    }
}
