use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::Field;
use letscode_model::ProblemId;

use super::refusal::DomjudgeRefusal;

/// Largest text of a form.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// The form of an upload. Fields that only DOMjudge has a use for are ignored.
pub(super) struct UploadForm {
    pub zip: Bytes,
    pub file_name: Option<String>,
    /// Id of the problem to replace.
    pub problem: Option<ProblemId>,
}

impl UploadForm {
    pub async fn read(mut form: Multipart) -> Result<Self, DomjudgeRefusal> {
        let mut zip = None;
        let mut problem = None;
        while let Some(field) = form.next_field().await.map_err(unreadable)? {
            match field.name().unwrap_or_default() {
                "zip" | "zip[]" => {
                    let file_name = field.file_name().map(str::to_owned);
                    zip = Some((field.bytes().await.map_err(unreadable)?, file_name));
                }
                "problem" => problem = Some(text(field).await?),
                _ => {}
            }
        }
        let (zip, file_name) =
            zip.ok_or_else(|| DomjudgeRefusal::bad_request("No ZIP archive in the field `zip`"))?;
        let problem = problem.filter(|problem| !problem.is_empty());
        let problem = problem
            .map(|problem| ProblemId::parse(&problem))
            .transpose();
        Ok(UploadForm {
            zip,
            file_name,
            problem: problem.map_err(|error| DomjudgeRefusal::bad_request(error.to_string()))?,
        })
    }
}

/// The form of an announcement: `problems.yaml` or `problems.json`.
pub(super) struct AnnouncementForm {
    pub data: String,
}

impl AnnouncementForm {
    pub async fn read(mut form: Multipart) -> Result<Self, DomjudgeRefusal> {
        while let Some(field) = form.next_field().await.map_err(unreadable)? {
            if field.name() == Some("data") {
                let data = text(field).await?;
                return Ok(AnnouncementForm { data });
            }
        }
        Err(DomjudgeRefusal::bad_request("No file in the field `data`"))
    }
}

async fn text(field: Field<'_>) -> Result<String, DomjudgeRefusal> {
    let bytes = field.bytes().await.map_err(unreadable)?;
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(DomjudgeRefusal::bad_request("a field is too long"));
    }
    String::from_utf8(bytes.to_vec())
        .map_err(|_| DomjudgeRefusal::bad_request("a field is not UTF-8"))
}

fn unreadable(error: axum::extract::multipart::MultipartError) -> DomjudgeRefusal {
    DomjudgeRefusal::bad_request(format!("the form can't be read: {}", error.body_text()))
}
