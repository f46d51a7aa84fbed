use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use letscode_model::{
    AuditAction, Event, JudgementKey, StatusUpdate, Submission, SubmissionId, SubmissionStatus,
    UserId,
};
use letscode_store::CancelledJudgement;
use serde::Deserialize;
use utoipa::IntoParams;

use super::rejudge;
use crate::audit_sender::AuditSender;
use crate::caller::{Caller, Identity};
use crate::error::{ApiError, internal};
use crate::error_response::ErrorResponses;
use crate::manager::ProblemManager;
use crate::params::{ApiQuery, PathText};
use crate::{AppState, ownership, public_result};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CancelQuery {
    /// Must be true: a submission can't be deleted.
    #[param(required)]
    cancel: Option<bool>,
}

/// Cancel the judgement of a submission that waits or goes on, as the user who submitted it. A
/// judgement that has ended with a verdict stays: status 409.
#[utoipa::path(
    delete, path = "/api/submission/{id}", operation_id = "cancelSubmission", tag = "submissions",
    params(
        ("id" = String, Path, format = Uuid, description = "The submission's id"),
        ("userId" = Option<String>, Query, example = "user-123",
            description = "The user who submitted it; not needed with the user's secret in a header."),
        CancelQuery,
    ),
    responses(
        (status = 200, description = "The submission, whose judgement is cancelled", body = Submission),
        ErrorResponses,
    ),
)]
pub(crate) async fn cancel(
    State(state): State<AppState>,
    PathText(id): PathText,
    ApiQuery(query): ApiQuery<CancelQuery>,
    mut parts: Parts,
) -> Result<Json<Submission>, ApiError> {
    let id: SubmissionId = id.parse().map_err(|_| ApiError::InvalidSubmissionId)?;
    if query.cancel != Some(true) {
        return Err(ApiError::OnlyCancel);
    }
    let submission = current(&state, id).await?;
    let manages = match ProblemManager::check(&parts) {
        Ok(manager) => manager.manages(&state, &submission.problem_id).await?,
        Err(_) => false,
    };
    if !manages {
        let caller = Caller::from_request_parts(&mut parts, &state).await?;
        if caller.identity().is_open() {
            caller.stated_user_id()?;
        }
        if !ownership::owns(&caller, &submission.user_id) {
            return Err(ApiError::SubmissionNotFound);
        }
        // It has its verdict; judging it again was not its owner's wish.
        let newest = submission.judgements.last();
        if newest.is_some_and(|newest| newest.number > JudgementKey::FIRST) {
            return Err(ApiError::SubmissionFinished);
        }
    }
    // A task of its own: a client that disconnects must not leave it half cancelled.
    let cancelling = tokio::spawn(cancel_judgement(state.clone(), id, submission.user_id));
    let cancelled = cancelling
        .await
        .map_err(|error| internal("cancelling a submission failed", &error))??;
    if manages && let CancelledJudgement::Cancelled(_) = cancelled {
        let event = AuditSender::of(&parts).event(AuditAction::Cancel, &format!("submission {id}"));
        state.store().record_audit(&event).await?;
    }
    if let CancelledJudgement::Finished(_) = cancelled {
        return Err(ApiError::SubmissionFinished);
    }
    let submission = current(&state, id).await?;
    let identity = Identity::of(&parts.extensions);
    Ok(Json(public_result::submission(identity.show(submission))))
}

/// Durable first; then the job is taken out of the queue or its worker told, and the end published.
pub(crate) async fn cancel_judgement(
    state: AppState,
    id: SubmissionId,
    owner: UserId,
) -> Result<CancelledJudgement, ApiError> {
    let cancelled = state.store().cancel_judgement(id).await?;
    let CancelledJudgement::Cancelled(number) = cancelled else {
        return Ok(cancelled);
    };
    let key = JudgementKey {
        submission_id: id,
        number,
    };
    let broker = state.broker();
    let ended = broker.jobs.cancel_judgement(key).await;
    let update = StatusUpdate::new(key, SubmissionStatus::Cancelled);
    let event = Event::StatusUpdate(update);
    let published = broker.events.publish(&owner, event).await;
    // The worker notices by itself, and publishes it too.
    if let Err(error) = ended.and(published.map(|_| true)) {
        tracing::error!(judgement = %key, %error, "cancelled, but the queue failed");
    }
    if number > JudgementKey::FIRST {
        rejudge::queue_next(&state).await?;
    }
    Ok(cancelled)
}

async fn current(state: &AppState, id: SubmissionId) -> Result<Submission, ApiError> {
    let submission = state.store().submission(id).await?;
    submission.ok_or(ApiError::SubmissionNotFound)
}
