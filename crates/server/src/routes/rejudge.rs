//! Rejudges: more judgements of what was judged before.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use letscode_model::{
    AuditAction, AuditEvent, ProblemId, ProblemRejudge, Submission, SubmissionId,
};
use letscode_store::{OpenSubmission, StoreError};

use crate::admission::quote;
use crate::audit_sender::AuditSender;
use crate::caller::Identity;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::manager::ProblemManager;
use crate::params::PathText;
use crate::{AppState, public_result};

/// Judge a submission again, with the present package of its problem. The judgements before it stay
/// readable, and the last verdict holds until the new one. One that is judged at the moment is not
/// judged twice.
#[utoipa::path(
    post, path = "/api/submission/{id}/rejudge", operation_id = "rejudgeSubmission",
    tag = "submissions", security(("adminToken" = []), ()),
    params(("id" = String, Path, format = Uuid, description = "The submission's id")),
    responses(
        (status = 202, description = "The submission with its open judgement", body = Submission,
            headers(("Location", description = "Address of the submission"))),
        ErrorResponses,
    ),
)]
pub(crate) async fn submission(
    State(state): State<AppState>,
    PathText(id): PathText,
    manager: ProblemManager,
    identity: Identity,
    sender: AuditSender,
) -> Result<Response, ApiError> {
    let id: SubmissionId = id.parse().map_err(|_| ApiError::InvalidSubmissionId)?;
    let submission = state.store().submission(id).await?;
    let submission = submission.ok_or(ApiError::SubmissionNotFound)?;
    let problem = &submission.problem_id;
    manager.require(&state, problem).await?;
    // A task of its own: a client that disconnects must not leave a judgement that is not queued.
    let event = sender.event(AuditAction::Rejudge, &format!("submission {id}"));
    let opening = tokio::spawn(open_again(state.clone(), id, event));
    opening
        .await
        .map_err(|error| crate::error::internal("a rejudge failed", &error))??;
    let submission = state.store().submission(id).await?;
    let submission = submission.ok_or(ApiError::SubmissionNotFound)?;
    let location = [(header::LOCATION, format!("/api/submission/{id}"))];
    let body = Json(public_result::submission(identity.show(submission)));
    Ok((StatusCode::ACCEPTED, location, body).into_response())
}

async fn open_again(state: AppState, id: SubmissionId, event: AuditEvent) -> Result<(), ApiError> {
    let reopened = state.store().reopen(id).await;
    let reopened = reopened.map_err(|error| match error {
        StoreError::UnknownSubmission(_) => ApiError::SubmissionNotFound,
        error => error.into(),
    })?;
    if reopened.is_new {
        state.store().record_audit(&event).await?;
        queue_open(&state, &reopened.submission).await;
    }
    Ok(())
}

/// Queues a judgement that the store has opened. After an error the next recovery queues it.
async fn queue_open(state: &AppState, submission: &OpenSubmission) {
    let broker = state.broker();
    let event = submission.begin_event();
    let published = broker.events.publish(&submission.user_id, event).await;
    let queued = broker.jobs.readmit(submission.to_job()).await;
    if let Err(error) = published.and(queued.map(u64::from)) {
        tracing::error!(submission = %submission.id, %error, "opened again, but the queue failed");
    }
}

/// Queues the requested rejudges that there is room for.
pub(super) async fn queue_next(state: &AppState) -> Result<(), ApiError> {
    for submission in state.store().next_rejudges().await? {
        queue_open(state, &submission).await;
    }
    Ok(())
}

/// Judge all submissions to a problem again, behind everything that people wait for. While that goes
/// on, another request changes nothing.
#[utoipa::path(
    post, path = "/api/problems/{id}/rejudge", operation_id = "rejudgeProblem", tag = "problems", security(("adminToken" = []), ()),
    params(("id" = String, Path, description = "The problem's id", example = "aplusb")),
    responses(
        (status = 202, description = "How many submissions are judged again", body = ProblemRejudge,
            headers(("Location", description = "Address of its progress"))),
        ErrorResponses,
    ),
)]
pub(crate) async fn problem(
    State(state): State<AppState>,
    PathText(text): PathText,
    manager: ProblemManager,
    sender: AuditSender,
) -> Result<Response, ApiError> {
    let id = problem_id(&text)?;
    manager.require(&state, &id).await?;
    let rejudge = state.store().rejudge_problem(&id).await?;
    let event = sender.event(AuditAction::Rejudge, id.as_str());
    state.store().record_audit(&event).await?;
    let queueing = state.clone();
    let queued = tokio::spawn(async move { queue_next(&queueing).await }).await;
    queued.map_err(|error| crate::error::internal("a rejudge failed", &error))??;
    let location = [(header::LOCATION, format!("/api/problems/{id}/rejudge"))];
    Ok((StatusCode::ACCEPTED, location, Json(rejudge)).into_response())
}

/// Get the progress of a problem's last rejudge.
#[utoipa::path(
    get, path = "/api/problems/{id}/rejudge", operation_id = "getProblemRejudge", tag = "problems", security(("adminToken" = []), ()),
    params(("id" = String, Path, description = "The problem's id", example = "aplusb")),
    responses((status = 200, description = "The rejudge", body = ProblemRejudge), ErrorResponses),
)]
pub(crate) async fn problem_progress(
    State(state): State<AppState>,
    PathText(text): PathText,
    manager: ProblemManager,
) -> Result<Json<ProblemRejudge>, ApiError> {
    let id = problem_id(&text)?;
    manager.require(&state, &id).await?;
    let rejudge = state.store().problem_rejudge(&id).await?;
    let rejudge = rejudge.ok_or_else(|| ApiError::NeverRejudged(quote(&text)))?;
    Ok(Json(rejudge))
}

fn problem_id(text: &str) -> Result<ProblemId, ApiError> {
    ProblemId::parse(text).map_err(|_| ApiError::UnknownProblem(quote(text)))
}
