//! Extractors for path and query parameters, with the same error responses as everything else.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// Longest cursor: the store makes shorter ones.
pub(crate) const MAX_CURSOR_BYTES: usize = 64;

/// The only parameter of the path, as text.
pub(crate) struct PathText(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(text)| PathText(text)).map_err(invalid)
    }
}

/// Both parameters of the path, as text.
pub(crate) struct PathTexts(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathTexts {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        path.map(|Path((first, second))| PathTexts(first, second))
            .map_err(invalid)
    }
}

/// The query string.
pub(crate) struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(value)| ApiQuery(value)).map_err(invalid)
    }
}

/// Returns how many entries a page has: `limit` as it was stated, within its bounds, or the default.
pub(crate) fn page_size(limit: Option<u32>, default: u32, max: u32) -> Result<u32, ApiError> {
    let limit = limit.unwrap_or(default);
    if (1..=max).contains(&limit) {
        Ok(limit)
    } else {
        Err(invalid(format!("`limit` is 1 to {max}")))
    }
}

/// Checks the cursor of a page of submissions.
pub(crate) fn page_cursor(cursor: Option<String>) -> Result<Option<String>, ApiError> {
    if cursor
        .as_ref()
        .is_some_and(|cursor| cursor.len() > MAX_CURSOR_BYTES)
    {
        return Err(invalid("`cursor` is not one that a page ended with"));
    }
    Ok(cursor)
}

fn invalid(rejection: impl std::fmt::Display) -> ApiError {
    ApiError::InvalidParameter {
        reason: rejection.to_string(),
    }
}
