//! What is fit to be queued. Nothing in here changes anything.

use letscode_model::{
    LanguageId, LanguageStatus, MAX_DRAFT_BYTES, MAX_INPUT_BYTES, MAX_SOURCE_BYTES, ProblemId,
    UserId,
};

use crate::AppState;
use crate::error::ApiError;

/// Who submits without saying so.
const ANONYMOUS: &str = "anonymous";

/// How much of a stranger's word is repeated in an answer.
const QUOTED_CHARS: usize = 80;

pub(crate) fn source(code: &str) -> Result<(), ApiError> {
    if code.len() > MAX_SOURCE_BYTES {
        return Err(ApiError::SourceTooLarge(code.len()));
    }
    if let Some(index) = code.bytes().position(|byte| byte == 0) {
        return Err(ApiError::SourceHasNul(index));
    }
    if code.trim().is_empty() {
        return Err(ApiError::EmptySource);
    }
    Ok(())
}

/// As [`source`], and not larger than what is compiled ahead.
pub(crate) fn draft(code: &str) -> Result<(), ApiError> {
    if code.len() > MAX_DRAFT_BYTES {
        return Err(ApiError::DraftTooLarge(code.len()));
    }
    source(code)
}

pub(crate) fn input(input: &str) -> Result<(), ApiError> {
    if input.len() > MAX_INPUT_BYTES {
        return Err(ApiError::InputTooLarge(input.len()));
    }
    Ok(())
}

pub(crate) fn user(id: Option<&str>) -> Result<UserId, ApiError> {
    UserId::parse(id.unwrap_or(ANONYMOUS)).ok_or(ApiError::InvalidUserId)
}

pub(crate) fn is_anonymous(user: &UserId) -> bool {
    user.0 == ANONYMOUS
}

/// Known to a worker, and its toolchain is there.
pub(crate) async fn language(state: &AppState, id: &str) -> Result<LanguageId, ApiError> {
    let languages = state.broker().workers.languages().await?;
    if languages.is_empty() {
        return Err(ApiError::NoWorker);
    }
    let Some(found) = languages.iter().find(|language| language.id.as_str() == id) else {
        let known: Vec<&str> = languages
            .iter()
            .map(|language| language.id.as_str())
            .collect();
        return Err(ApiError::UnknownLanguage {
            language: quote(id),
            known: known.join(", "),
        });
    };
    match found.status {
        LanguageStatus::Available => Ok(found.id.clone()),
        LanguageStatus::Missing => Err(ApiError::LanguageUnavailable {
            name: found.name.clone(),
            reason: found
                .detail
                .clone()
                .unwrap_or_else(|| "its toolchain is not installed".to_owned()),
        }),
    }
}

pub(crate) fn problem(id: &str) -> Result<ProblemId, ApiError> {
    // What cannot be an id is not the id of any problem.
    ProblemId::parse(id).map_err(|_| ApiError::UnknownProblem(quote(id)))
}

pub(crate) fn quote(text: &str) -> String {
    text.chars().take(QUOTED_CHARS).collect()
}
