//! Hints about the next submission: passed on to the workers, and not stored.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use letscode_model::{Draft, Hint, MAX_DRAFT_BYTES, StatedUserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{ApiJson, RequestBody};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::hint_limiter::MAX_HINTS_A_MINUTE;
use crate::{AppState, admission};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct HintRequest {
    #[schema(example = "cpp")]
    language: String,
    /// `anonymous` when absent. Ignored with a secret in a header, which decides who the user is.
    #[schema(value_type = Option<String>, example = "user-123")]
    user_id: Option<StatedUserId>,
    /// The program so far; absent while nothing is written.
    draft: Option<DraftRequest>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DraftRequest {
    #[schema(example = "aplusb")]
    problem_id: String,
    /// The program as it is now: at most 64 KiB, no NUL.
    code: String,
}

impl RequestBody for HintRequest {
    const MAX_BODY_BYTES: usize = 6 * MAX_DRAFT_BYTES + 4096;

    fn stated_user_id(&self) -> Option<&StatedUserId> {
        self.user_id.as_ref()
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HintAnswer {
    /// True if drafts are compiled before they are submitted; if not, sending more is of no use.
    compiles_drafts: bool,
}

/// Announce a submission, so that its program is compiled and its cells are prepared in advance.
/// Nothing is stored, and other work comes first. A user's newer hint replaces an older one.
#[utoipa::path(
    post, path = "/api/hints", operation_id = "hint", tag = "submissions", request_body = HintRequest,
    responses((status = 202, description = "Passed on to the workers", body = HintAnswer), ErrorResponses),
)]
pub(crate) async fn hint(
    State(state): State<AppState>,
    ApiJson {
        value,
        caller,
        permit,
    }: ApiJson<HintRequest>,
) -> Result<(StatusCode, Json<HintAnswer>), ApiError> {
    let compiles_drafts = state.settings().compiles_drafts;
    let mut hint = check(&state, &caller, value).await?;
    if !state.hint_limiter().allows(&caller) {
        tracing::debug!(%caller, "too many hints");
        return Err(ApiError::TooManyHints(MAX_HINTS_A_MINUTE));
    }
    hint.draft = hint.draft.filter(|_| compiles_drafts);
    state.broker().hints.offer_hint(hint).await?;
    drop(permit);
    let answer = HintAnswer { compiles_drafts };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

async fn check(state: &AppState, caller: &Caller, request: HintRequest) -> Result<Hint, ApiError> {
    let language = admission::language(state, &request.language).await?;
    let draft = request.draft.map(draft).transpose()?;
    Ok(Hint::new(caller.user_id().clone(), language, draft))
}

fn draft(request: DraftRequest) -> Result<Draft, ApiError> {
    admission::draft(&request.code)?;
    Ok(Draft {
        problem_id: admission::problem(&request.problem_id)?,
        code: request.code,
    })
}
