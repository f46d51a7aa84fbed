//! Judge0 CE, version 1.13: its Python SDK, front ends, and clients written for its hosted service.

mod archive;
mod body;
mod config;
mod fields;
mod information;
mod languages;
mod mistakes;
mod records;
mod result;
mod service;
mod status;
mod submission;

use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use letscode_model::{JobId, UserId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::{self, header_text};
use crate::context::{AdapterContext, RequestSender};
use crate::json::BoundedList;
use crate::runner::{QueuePatience, RunError};
use body::SubmissionBody;
use fields::{FieldSelection, NotConvertible};
use letscode_json::read_body;
use service::{JudgeService, SubmissionRefusal};

const NOT_CONVERTIBLE: &str = "some attributes for this submission cannot be converted to UTF-8, \
     use base64_encoded=true query parameter";

pub(crate) fn router(context: AdapterContext) -> Router {
    let service = JudgeService::new(context);
    let submissions = Router::new()
        .route("/submissions", post(submit).get(refuse_admin))
        .route("/submissions/batch", post(submit_batch).get(show_batch))
        .route("/submissions/{token}", get(show).delete(refuse_admin));
    submissions
        .merge(information::routes())
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(from_fn_with_state(service.clone(), check_key))
        .with_state(service)
}

pub(crate) fn refusal(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({ "error": reason }))).into_response()
}

/// Name of the header with the clients' secret.
const TOKEN_HEADER: &str = "x-auth-token";

async fn check_key(State(service): State<JudgeService>, request: Request, next: Next) -> Response {
    let sent = header_text(request.headers(), TOKEN_HEADER);
    if access::is_allowed(service.context.options.key.as_deref(), sent) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

#[derive(Debug, Deserialize)]
struct SubmissionQuery {
    base64_encoded: Option<String>,
    wait: Option<String>,
    fields: Option<String>,
    tokens: Option<String>,
}

impl SubmissionQuery {
    fn is_base64(&self, service: &JudgeService) -> bool {
        match self.base64_encoded.as_deref() {
            Some("true") => true,
            Some("false") => false,
            _ => service.context.options.judge0_implicit_base64,
        }
    }

    fn selection(&self, service: &JudgeService) -> Result<FieldSelection, Box<Response>> {
        let is_base64 = self.is_base64(service);
        FieldSelection::parse(self.fields.as_deref(), is_base64).map_err(|unknown| {
            let reason = format!("invalid fields: [{unknown}]");
            Box::new(refusal(StatusCode::BAD_REQUEST, &reason))
        })
    }
}

async fn submit(
    State(service): State<JudgeService>,
    Query(query): Query<SubmissionQuery>,
    sender: RequestSender,
    body: Bytes,
) -> Response {
    let selection = match query.selection(&service) {
        Ok(selection) => selection,
        Err(response) => return *response,
    };
    let body: SubmissionBody = match read_body(body).await {
        Ok(body) => body,
        Err(mistake) => return refusal(StatusCode::BAD_REQUEST, &mistake.reason),
    };
    let languages = match service.context.runner.languages().await {
        Ok(languages) => languages,
        Err(error) => return failed(&error),
    };
    let caller = sender.caller(QueuePatience::Refuse);
    let submitted = service
        .submit(body, selection.is_base64, &languages, &caller)
        .await;
    let token = match submitted {
        Ok(token) => token,
        Err(error) => return error.into_response(),
    };
    if query.wait.as_deref() != Some("true") {
        let answer = Json(json!({ "token": token.to_string() }));
        return (StatusCode::CREATED, answer).into_response();
    }
    match service.finished(token, &caller.user_id).await {
        Ok(run) => match service.describe(&run, &selection) {
            Ok(submission) => (StatusCode::CREATED, Json(submission)).into_response(),
            Err(NotConvertible) => {
                let answer = json!({"error": NOT_CONVERTIBLE, "token": token.to_string()});
                (StatusCode::CREATED, Json(answer)).into_response()
            }
        },
        Err(error) => failed(&error),
    }
}

#[derive(Debug, Deserialize)]
struct BatchBody {
    #[serde(default)]
    submissions: BoundedList<SubmissionBody>,
}

async fn submit_batch(
    State(service): State<JudgeService>,
    Query(query): Query<SubmissionQuery>,
    sender: RequestSender,
    body: Bytes,
) -> Response {
    let batch: BatchBody = match read_body(body).await {
        Ok(batch) => batch,
        Err(mistake) => return refusal(StatusCode::BAD_REQUEST, &mistake.reason),
    };
    let submissions = batch.submissions.0;
    if let Some(response) = wrong_count(&service, submissions.len()) {
        return response;
    }
    let languages = match service.context.runner.languages().await {
        Ok(languages) => languages,
        Err(error) => return failed(&error),
    };
    let caller = sender.caller(QueuePatience::Refuse);
    let is_base64 = query.is_base64(&service);
    let mut answers = Vec::new();
    let mut has_valid = false;
    for submission in submissions {
        match service
            .submit(submission, is_base64, &languages, &caller)
            .await
        {
            Ok(token) => {
                has_valid = true;
                answers.push(json!({ "token": token.to_string() }));
            }
            Err(SubmissionRefusal::Mistakes(mistakes)) => answers.push(json!(mistakes)),
            // Nothing of the batch is queued: the client may send all of it again.
            Err(SubmissionRefusal::Failed(error)) if !has_valid => return failed(&error),
            Err(SubmissionRefusal::Failed(error)) => {
                answers.push(json!({ "error": [error.to_string()] }));
            }
        }
    }
    let status = if has_valid {
        StatusCode::CREATED
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    (status, Json(answers)).into_response()
}

/// Refuses a batch that is empty or too large.
fn wrong_count(service: &JudgeService, count: usize) -> Option<Response> {
    let max = service.config().max_submission_batch_size;
    let reason = match count {
        0 => "there should be at least one submission in a batch".to_owned(),
        count if count > max => {
            format!("number of submissions in a batch should be less than or equal to {max}")
        }
        _ => return None,
    };
    Some(refusal(StatusCode::BAD_REQUEST, &reason))
}

async fn show(
    State(service): State<JudgeService>,
    Path(token): Path<String>,
    Query(query): Query<SubmissionQuery>,
    sender: RequestSender,
) -> Response {
    let selection = match query.selection(&service) {
        Ok(selection) => selection,
        Err(response) => return *response,
    };
    match describe_token(&service, &token, &sender.user_id, &selection).await {
        Ok(Some(Ok(submission))) => Json(submission).into_response(),
        Ok(Some(Err(NotConvertible))) => refusal(StatusCode::BAD_REQUEST, NOT_CONVERTIBLE),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

async fn show_batch(
    State(service): State<JudgeService>,
    Query(query): Query<SubmissionQuery>,
    sender: RequestSender,
) -> Response {
    let selection = match query.selection(&service) {
        Ok(selection) => selection,
        Err(response) => return *response,
    };
    let tokens = query.tokens.as_deref().unwrap_or_default().trim();
    let tokens: Vec<&str> = tokens
        .split(',')
        .filter(|token| !token.is_empty())
        .collect();
    if let Some(response) = wrong_count(&service, tokens.len()) {
        return response;
    }
    let mut submissions = Vec::new();
    for token in tokens {
        match describe_token(&service, token.trim(), &sender.user_id, &selection).await {
            Ok(Some(Ok(submission))) => submissions.push(submission),
            Ok(Some(Err(NotConvertible))) => {
                let reason = NOT_CONVERTIBLE.replace("this submission", "one or more submissions");
                return refusal(StatusCode::BAD_REQUEST, &reason);
            }
            Ok(None) => submissions.push(Value::Null),
            Err(error) => return failed(&error),
        }
    }
    Json(json!({ "submissions": submissions })).into_response()
}

/// Returns the submission with this token; `None` if no such run is kept.
async fn describe_token(
    service: &JudgeService,
    token: &str,
    owner: &UserId,
    selection: &FieldSelection,
) -> Result<Option<Result<Value, NotConvertible>>, RunError> {
    let Ok(token) = token.parse::<JobId>() else {
        return Ok(None);
    };
    match service.context.runner.kept_run(token, owner).await {
        Ok(run) => Ok(Some(service.describe(&run, selection))),
        Err(RunError::UnknownRun) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lists and deletes are for administrators, and there is no list: runs are known by their tokens.
async fn refuse_admin(State(service): State<JudgeService>, headers: HeaderMap) -> Response {
    if information::is_admin(&service, &headers) {
        let reason = "submissions are kept for a time, and neither listed nor deleted";
        refusal(StatusCode::BAD_REQUEST, reason)
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

fn failed(error: &RunError) -> Response {
    match error {
        RunError::Busy { .. } => refusal(StatusCode::SERVICE_UNAVAILABLE, "queue is full"),
        error => refusal(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

impl IntoResponse for SubmissionRefusal {
    fn into_response(self) -> Response {
        match self {
            SubmissionRefusal::Mistakes(mistakes) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Json(mistakes)).into_response()
            }
            SubmissionRefusal::Failed(error) => failed(&error),
        }
    }
}

#[cfg(test)]
mod tests;
