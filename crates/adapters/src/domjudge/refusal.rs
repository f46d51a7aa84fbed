use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::problems::{ManagerRefusal, ProblemError};

const REALM: HeaderValue = HeaderValue::from_static("Basic realm=\"Let'sCode\"");

/// Returns a refusal in DOMjudge's shape.
pub(crate) fn refusal(status: StatusCode, reason: &str) -> Response {
    let body = json!({"code": status.as_u16(), "message": reason});
    (status, Json(body)).into_response()
}

pub(super) fn unknown_problem(id: &str) -> DomjudgeRefusal {
    let shown: String = id.chars().take(80).collect();
    DomjudgeRefusal::new(
        StatusCode::NOT_FOUND,
        format!("there is no problem with ID '{shown}'"),
    )
}

/// A refusal of a request that reached its route.
#[derive(Debug)]
pub(super) struct DomjudgeRefusal {
    status: StatusCode,
    message: String,
    errors: Vec<String>,
    wants_secret: bool,
}

impl DomjudgeRefusal {
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        DomjudgeRefusal {
            status,
            message: message.into(),
            errors: Vec::new(),
            wants_secret: false,
        }
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        DomjudgeRefusal::new(StatusCode::BAD_REQUEST, message)
    }
}

impl From<ProblemError> for DomjudgeRefusal {
    fn from(error: ProblemError) -> Self {
        let status = match error {
            ProblemError::Refused(_) | ProblemError::Exists(_) => StatusCode::BAD_REQUEST,
            ProblemError::Foreign(_) => StatusCode::FORBIDDEN,
            ProblemError::Busy(_) | ProblemError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        let message = error.to_string();
        let errors = match error {
            ProblemError::Refused(errors) => errors,
            ProblemError::Exists(_) => vec![format!(
                "{message}; send its ID in the field `problem` to replace it"
            )],
            ProblemError::Foreign(_) | ProblemError::Busy(_) | ProblemError::Unavailable(_) => {
                Vec::new()
            }
        };
        DomjudgeRefusal {
            errors,
            ..DomjudgeRefusal::new(status, message)
        }
    }
}

impl From<ManagerRefusal> for DomjudgeRefusal {
    fn from(refusal: ManagerRefusal) -> Self {
        let status = if refusal.wants_secret {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::FORBIDDEN
        };
        DomjudgeRefusal {
            wants_secret: refusal.wants_secret,
            ..DomjudgeRefusal::new(status, refusal.reason)
        }
    }
}

impl IntoResponse for DomjudgeRefusal {
    fn into_response(self) -> Response {
        let mut body = json!({"code": self.status.as_u16(), "message": self.message});
        if !self.errors.is_empty() {
            body["errors"] = json!(self.errors);
        }
        let mut response = (self.status, Json(body)).into_response();
        if self.wants_secret {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, REALM);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let seconds = HeaderValue::from_static("5");
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
