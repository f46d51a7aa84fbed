use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use letscode_model::ProblemId;
use letscode_statement::{ImageType, is_file_name};
use utoipa::ToSchema;

use crate::AppState;
use crate::error::{ApiError, internal};
use crate::headers::IMAGE_POLICY;
use crate::params::PathTexts;
use crate::problem::Refusals;

/// Larger images are not for a page.
const MAX_BYTES: u64 = 8 << 20;
const CHUNK_BYTES: usize = 64 << 10;
/// Browsers may keep an image for so long, in seconds: a new import may bring another.
const CACHING: &str = "max-age=600";
/// Where packages have their statements, the newer name first.
const FOLDERS: [&str; 2] = ["statement", "problem_statement"];

/// The file as it is.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(
    dead_code,
    reason = "it stands in the OpenAPI document; the bytes are streamed"
)]
pub(crate) struct ImageBytes(Vec<u8>);

/// An image of a problem's statement. What it is, is told by its bytes: PNG, JPEG, GIF, WebP or SVG.
#[utoipa::path(
    get, path = "/api/problems/{id}/statement/{file}", operation_id = "getStatementFile", tag = "problems",
    params(
        ("id" = String, Path, description = "The problem's id", example = "aplusb"),
        ("file" = String, Path, description = "One of the problem's `statementFiles`, percent-encoded", example = "figure.png"),
    ),
    responses((status = 200, description = "The image", content_type = "image/*", body = ImageBytes), Refusals),
)]
pub(crate) async fn file(
    State(state): State<AppState>,
    PathTexts(id, name): PathTexts,
) -> Result<Response, ApiError> {
    let id = ProblemId::parse(&id).map_err(|_| ApiError::NotFound)?;
    if !is_file_name(&name) {
        return Err(ApiError::NotFound);
    }
    let package = state.store().problem_package(&id).await?;
    let dir = package.ok_or(ApiError::NotFound)?.dir;
    let image = tokio::task::spawn_blocking(move || Image::open(&dir, &name)).await;
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
    Ok((headers, image.into_body()).into_response())
}

struct Image {
    file: File,
    bytes: u64,
    kind: ImageType,
}

impl Image {
    /// `None` when there is no such image. The store's copy of a package holds neither links nor
    /// anything else but files, and no cell can write there.
    fn open(package: &Path, name: &str) -> io::Result<Option<Image>> {
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
        Ok(ImageType::sniff(&start).map(|kind| Image {
            file,
            bytes: metadata.len(),
            kind,
        }))
    }

    /// A piece at a time: thousands of slow readers must not hold thousands of images.
    fn into_body(self) -> Body {
        Body::from_stream(stream::try_unfold(self.file, async |mut file| {
            let read = move || {
                let mut chunk = vec![0; CHUNK_BYTES];
                let count = file.read(&mut chunk)?;
                chunk.truncate(count);
                Ok::<_, io::Error>((Bytes::from(chunk), file))
            };
            let (chunk, file) = tokio::task::spawn_blocking(read)
                .await
                .map_err(io::Error::other)??;
            Ok::<_, io::Error>((!chunk.is_empty()).then_some((chunk, file)))
        }))
    }
}
