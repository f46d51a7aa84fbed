//! What somebody may ask for soon: taken, passed on, and kept nowhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use letscode_model::{Draft, Hint, MAX_DRAFT_BYTES, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{ApiJson, BodyBound};
use crate::error::ApiError;
use crate::problem::Refusals;
use crate::{AppState, admission};

/// A person who stops typing for a second each time gives no more.
const HINTS_A_MINUTE: u32 = 60;
const MINUTE: Duration = Duration::from_secs(60);
/// Users whose hints are counted at once.
const USERS: u64 = 10_000;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HintRequest {
    #[schema(example = "cpp")]
    language: String,
    /// `anonymous` when absent.
    #[schema(example = "user-123")]
    user_id: Option<String>,
    /// What is written so far; absent when somebody has only begun.
    draft: Option<DraftRequest>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DraftRequest {
    #[schema(example = "aplusb")]
    problem_id: String,
    /// The program as it is now: at most 64 KiB, no NUL.
    code: String,
}

impl BodyBound for HintRequest {
    const MAX_BODY_BYTES: usize = 6 * MAX_DRAFT_BYTES + 4096;
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HintAnswer {
    /// Whether drafts are compiled ahead here; where not, there is no use in sending more.
    compiles_drafts: bool,
}

/// Say what may be submitted soon, so that it is compiled already, and cells for it wait. Nothing is
/// kept, and nothing is done while the service has other work. A user's newer hint replaces an older one.
#[utoipa::path(
    post, path = "/api/hints", operation_id = "hint", tag = "submissions", request_body = HintRequest,
    responses((status = 202, description = "Something may come of it", body = HintAnswer), Refusals),
)]
pub(crate) async fn hint(
    State(state): State<AppState>,
    ApiJson { value, held }: ApiJson<HintRequest>,
) -> Result<(StatusCode, Json<HintAnswer>), ApiError> {
    let compiles_drafts = state.settings().compiles_drafts;
    let mut hint = check(&state, value).await?;
    if !state.hint_pace().allows(&hint.user_id) {
        return Err(ApiError::TooManyHints(HINTS_A_MINUTE));
    }
    hint.draft = hint.draft.filter(|_| compiles_drafts);
    state.broker().hints.offer_hint(hint).await?;
    drop(held);
    let answer = HintAnswer { compiles_drafts };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

async fn check(state: &AppState, request: HintRequest) -> Result<Hint, ApiError> {
    Ok(Hint {
        user_id: admission::user(request.user_id.as_deref())?,
        language: admission::language(state, &request.language).await?,
        draft: request.draft.map(draft).transpose()?,
    })
}

fn draft(request: DraftRequest) -> Result<Draft, ApiError> {
    admission::draft(&request.code)?;
    Ok(Draft {
        problem_id: admission::problem(&request.problem_id)?,
        code: request.code,
    })
}

/// Counts each user's hints.
pub(crate) struct HintPace {
    this_minute: moka::sync::Cache<UserId, Arc<AtomicU32>>,
}

impl Default for HintPace {
    fn default() -> Self {
        let cache = moka::sync::Cache::builder().max_capacity(USERS);
        HintPace {
            this_minute: cache.time_to_live(MINUTE).build(),
        }
    }
}

impl HintPace {
    fn allows(&self, user: &UserId) -> bool {
        let count = self.this_minute.get_with(user.clone(), Arc::default);
        count.fetch_add(1, Ordering::Relaxed) < HINTS_A_MINUTE
    }
}
