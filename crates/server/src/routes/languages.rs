use axum::Json;
use axum::extract::State;
use letscode_model::LanguageInfo;
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LanguageList {
    languages: Vec<LanguageInfo>,
}

/// List the languages, including those whose toolchain is missing.
#[utoipa::path(
    get, path = "/api/languages", operation_id = "listLanguages", tag = "problems",
    responses((status = 200, description = "The languages", body = LanguageList), ErrorResponses),
)]
pub(crate) async fn list(State(state): State<AppState>) -> Result<Json<LanguageList>, ApiError> {
    let languages = state.broker().workers.languages().await?;
    Ok(Json(LanguageList { languages }))
}
