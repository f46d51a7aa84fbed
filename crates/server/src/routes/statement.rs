use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use letscode_model::ProblemId;
use letscode_statement::{ImageType, is_file_name};
use utoipa::ToSchema;

use crate::AppState;
use crate::error::{ApiError, internal};
use crate::error_response::ErrorResponses;
use crate::file_body::file_body;
use crate::headers::IMAGE_POLICY;
use crate::pacing;
use crate::params::PathTexts;

/// Longest path of an image.
pub(crate) const MAX_FILE_NAME_BYTES: usize = 255;
/// Largest image that is served.
const MAX_BYTES: u64 = 8 << 20;
/// Time that browsers may cache an image: a new import may replace it.
const CACHING: &str = "max-age=600";
/// Folder of a package's statements, the newer name first.
const FOLDERS: [&str; 2] = ["statement", "problem_statement"];

/// The unchanged file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(
    dead_code,
    reason = "only for the OpenAPI document; the bytes are streamed"
)]
pub(crate) struct ImageBytes(Vec<u8>);

/// Get an image of a problem's statement: PNG, JPEG, GIF, WebP or SVG, recognised by its content.
#[utoipa::path(
    get, path = "/api/problems/{id}/statement/{file}", operation_id = "getStatementFile", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id", example = "aplusb"),
        ("file" = String, Path, description = "One of the problem's `statementFiles`, percent-encoded", example = "figure.png"),
    ),
    responses((status = 200, description = "The image", content_type = "image/*", body = ImageBytes), ErrorResponses),
)]
pub(crate) async fn file(
    State(state): State<AppState>,
    PathTexts(id, name): PathTexts,
) -> Result<Response, ApiError> {
    let id = ProblemId::parse(&id).map_err(|_| ApiError::NotFound)?;
    if !is_file_name(&name) || name.len() > MAX_FILE_NAME_BYTES {
        return Err(ApiError::NotFound);
    }
    let package = state.store().problem_package(&id).await?;
    let dir = package.ok_or(ApiError::NotFound)?.dir;
    let image = pacing::spawn_blocking(move || StatementImage::open(&dir, &name)).await;
    let image = image
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| internal("an image could not be read", &error))?;
    let image = image.ok_or(ApiError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, image.kind.media_type().to_owned()),
        (header::CONTENT_LENGTH, image.bytes.to_string()),
        (header::CONTENT_SECURITY_POLICY, IMAGE_POLICY.to_owned()),
        (header::CACHE_CONTROL, CACHING.to_owned()),
    ];
    Ok((headers, file_body(image.file)).into_response())
}

struct StatementImage {
    file: File,
    bytes: u64,
    kind: ImageType,
}

impl StatementImage {
    /// Returns `None` if there is no such image. The store's copy of a package contains only files
    /// and folders, no links, and no cell can write to it.
    fn open(package: &Path, name: &str) -> io::Result<Option<StatementImage>> {
        let folder = FOLDERS.iter().map(|folder| package.join(folder));
        let Some(folder) = folder.into_iter().find(|folder| folder.is_dir()) else {
            return Ok(None);
        };
        let mut file = match File::open(folder.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return Ok(None);
        }
        let mut start = Vec::new();
        file.by_ref().take(4096).read_to_end(&mut start)?;
        file.rewind()?;
        Ok(ImageType::sniff(&start).map(|kind| StatementImage {
            file,
            bytes: metadata.len(),
            kind,
        }))
    }
}
