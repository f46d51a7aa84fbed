use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use futures_util::{Stream, StreamExt, stream};
use letscode_model::ProblemId;
use letscode_package::UNNAMED_ZIP;
use multer::{Constraints, Field, Multipart, SizeLimit};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};

use crate::admission::quote;
use crate::body::{DISCARD_TIME, discard, next_chunk};
use crate::error::{ApiError, internal};

/// Time until the rate at which an archive arrives matters.
const GRACE: Duration = Duration::from_secs(10);
/// Least number of bytes that must arrive in a second.
const BYTES_A_SECOND: u64 = 64 << 10;
/// Room for the parts of a form that are not the archive.
const FORM_BYTES: u64 = 64 << 10;
/// Largest text of a form.
const MAX_TEXT_BYTES: u64 = 1024;

const ZIP_TYPES: [&str; 3] = [
    "application/zip",
    "application/x-zip-compressed",
    "application/octet-stream",
];
const FORM_TYPE: &str = "multipart/form-data";

/// An archive in a file.
#[derive(Debug)]
pub(crate) struct ReceivedArchive {
    pub path: PathBuf,
    /// The form's field `id`.
    pub id: Option<String>,
}

/// Writes the body of a request into a new file in `folder`: an archive, or a form with one in its field
/// `file` or `zip`. The file has the archive's own name where that may be a problem's.
pub(crate) async fn receive(
    headers: &HeaderMap,
    body: Body,
    folder: &Path,
    max_bytes: u64,
) -> Result<ReceivedArchive, ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    if ZIP_TYPES.contains(&essence.as_str()) {
        let mut chunks = Box::pin(bounded(body, max_bytes, max_bytes));
        let path = folder.join(UNNAMED_ZIP);
        let mut file = create(&path).await?;
        while let Some(chunk) = chunks.next().await {
            write(&mut file, &chunk?).await?;
        }
        close(file).await?;
        return Ok(ReceivedArchive { path, id: None });
    }
    if essence != FORM_TYPE {
        return Err(ApiError::NotAnArchive);
    }
    let boundary = multer::parse_boundary(content_type).map_err(|_| ApiError::NotAnArchive)?;
    let chunks = bounded(body, max_bytes.saturating_add(FORM_BYTES), max_bytes);
    let limits = SizeLimit::new()
        .for_field("file", max_bytes)
        .for_field("zip", max_bytes);
    let constraints = Constraints::new().size_limit(limits);
    let form = Multipart::with_constraints(Box::pin(chunks), boundary, constraints);
    receive_form(form, folder, max_bytes).await
}

async fn receive_form(
    mut form: Multipart<'static>,
    folder: &Path,
    max_bytes: u64,
) -> Result<ReceivedArchive, ApiError> {
    let mut path = None;
    let mut id = None;
    let refused = |error| of_form(error, max_bytes);
    while let Some(field) = form.next_field().await.map_err(refused)? {
        match field.name() {
            Some("file" | "zip") if path.is_none() => {
                path = Some(receive_file(field, folder, max_bytes).await?);
            }
            Some("id") if id.is_none() => id = Some(receive_text(field, max_bytes).await?),
            name => {
                let name = quote(name.unwrap_or_default());
                let reason = format!(
                    "a form has one field `file` or `zip`, and perhaps `id`; it has another, `{name}`"
                );
                return Err(ApiError::InvalidParameter { reason });
            }
        }
    }
    let missing = || ApiError::InvalidParameter {
        reason: "the form has no archive: send it in the field `file` or `zip`".to_owned(),
    };
    Ok(ReceivedArchive {
        path: path.ok_or_else(missing)?,
        id,
    })
}

async fn receive_file(
    mut field: Field<'static>,
    folder: &Path,
    max_bytes: u64,
) -> Result<PathBuf, ApiError> {
    let path = folder.join(archive_name(field.file_name()));
    let mut file = create(&path).await?;
    while let Some(chunk) = field
        .chunk()
        .await
        .map_err(|error| of_form(error, max_bytes))?
    {
        write(&mut file, &chunk).await?;
    }
    close(file).await?;
    Ok(path)
}

async fn receive_text(mut field: Field<'static>, max_bytes: u64) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field
        .chunk()
        .await
        .map_err(|error| of_form(error, max_bytes))?
    {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > MAX_TEXT_BYTES {
            let reason = "`id` is too long".to_owned();
            return Err(ApiError::InvalidParameter { reason });
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns the archive's own name, if it names a problem; no other name of a stranger's is ever used.
pub(crate) fn archive_name(sent: Option<&str>) -> String {
    let name = sent.unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.strip_suffix(".zip").unwrap_or(name);
    match ProblemId::parse(stem) {
        Ok(id) => format!("{id}.zip"),
        Err(_) => UNNAMED_ZIP.to_owned(),
    }
}

fn of_form(error: multer::Error, max_bytes: u64) -> ApiError {
    let too_large = ApiError::BodyTooLarge(usize::try_from(max_bytes).unwrap_or(usize::MAX));
    match error {
        multer::Error::StreamReadFailed(error) => match error.downcast::<ApiError>() {
            Ok(error) => *error,
            Err(error) => internal("a form could not be read", &error),
        },
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            too_large
        }
        error => ApiError::InvalidParameter {
            reason: format!("the form can't be read: {error}"),
        },
    }
}

/// Returns the chunks of a body of at most `limit` bytes, of which the client is told `told_limit`.
fn bounded(
    body: Body,
    limit: u64,
    told_limit: u64,
) -> impl Stream<Item = Result<Bytes, ApiError>> + Send + 'static {
    let begin = Instant::now();
    stream::try_unfold((body, 0), move |(mut body, received)| async move {
        let deadline = begin + GRACE + Duration::from_secs(received / BYTES_A_SECOND);
        let chunk = timeout_at(deadline, next_chunk(&mut body)).await;
        let Some(chunk) = chunk.map_err(|_| ApiError::BodyTooSlow)?? else {
            return Ok(None);
        };
        let received = received + chunk.len() as u64;
        if received > limit {
            // Many clients only look at the answer when they are done with sending.
            let _ = timeout(DISCARD_TIME, discard(&mut body)).await;
            let limit = usize::try_from(told_limit).unwrap_or(usize::MAX);
            return Err(ApiError::BodyTooLarge(limit));
        }
        Ok(Some((chunk, (body, received))))
    })
}

async fn create(path: &Path) -> Result<File, ApiError> {
    let file = File::create_new(path).await;
    file.map_err(|error| unwritable(&error))
}

async fn write(file: &mut File, chunk: &[u8]) -> Result<(), ApiError> {
    file.write_all(chunk)
        .await
        .map_err(|error| unwritable(&error))
}

async fn close(mut file: File) -> Result<(), ApiError> {
    file.flush().await.map_err(|error| unwritable(&error))
}

/// Explains why an upload's files can't be written.
pub(super) fn unwritable(error: &std::io::Error) -> ApiError {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    if matches!(error.kind(), StorageFull | QuotaExceeded) {
        tracing::error!(%error, "there is no room for a package");
        return ApiError::NotReady("there is no room for packages");
    }
    internal("a package could not be written", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_problems_are_used() {
        for (sent, expected) in [
            (Some("aplusb.zip"), "aplusb.zip"),
            (Some("C:\\contest\\aplusb.zip"), "aplusb.zip"),
            (Some("../../etc/passwd"), "passwd.zip"),
            (Some("a b.zip"), ".zip"),
            (Some(".."), ".zip"),
            (Some("a\0b.zip"), ".zip"),
            (Some(".hidden.zip"), ".zip"),
            (Some(""), ".zip"),
            (None, ".zip"),
        ] {
            assert_eq!(archive_name(sent), expected, "{sent:?}");
        }
    }

    fn headers(content_type: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        headers
    }

    const FORM: &str = "multipart/form-data; boundary=X";

    #[tokio::test]
    async fn archives_come_alone_or_in_a_form() {
        let form = "--X\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\nsums\r\n\
             --X\r\nContent-Disposition: form-data; name=\"zip\"; filename=\"a.zip\"\r\n\r\nPK\r\n--X--\r\n";
        for (content_type, body, name, id) in [
            ("application/zip", "PK", ".zip", None),
            ("Application/ZIP; x=y", "PK", ".zip", None),
            (FORM, form, "a.zip", Some("sums")),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let headers = headers(content_type);
            let received = receive(&headers, Body::from(body), folder.path(), 2).await;
            let received = received.unwrap();
            assert_eq!(received.path, folder.path().join(name));
            assert_eq!(received.id.as_deref(), id);
            assert_eq!(std::fs::read(&received.path).unwrap(), b"PK");
        }
    }

    #[tokio::test]
    async fn bodies_that_are_no_archive_are_refused() {
        let too_large = ApiError::BodyTooLarge(2);
        let part = |disposition: &str, text: &str| {
            format!("--X\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{text}\r\n")
        };
        let end = "--X--\r\n";
        for (content_type, body, expected) in [
            ("application/json", "{}".to_owned(), "send a zip"),
            ("", "PK".to_owned(), "send a zip"),
            ("multipart/form-data", "PK".to_owned(), "send a zip"),
            (
                "application/zip",
                "PK\x03".to_owned(),
                &too_large.to_string(),
            ),
            (
                FORM,
                part("name=\"zip\"", "PK\x03") + end,
                &too_large.to_string(),
            ),
            (FORM, end.to_owned(), "the form has no archive"),
            (FORM, part("name=\"other\"", "x") + end, "another, `other`"),
            (
                FORM,
                part("name=\"zip\"", "a") + &part("name=\"zip\"", "b") + end,
                "another, `zip`",
            ),
            (FORM, part("name=\"zip\"", "PK"), "the form can't be read"),
            (
                FORM,
                part("name=\"id\"", &"x".repeat(2000)) + end,
                "`id` is too long",
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let received = receive(&headers(content_type), body.into(), folder.path(), 2).await;
            let error = received.unwrap_err().to_string();
            assert!(error.contains(expected), "{content_type}: {error}");
        }
    }
}
