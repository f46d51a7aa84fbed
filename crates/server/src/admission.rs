//! Checks that a request is fit to be queued. Nothing in here changes anything.

use letscode_model::{
    LanguageId, LanguageInfo, LanguageStatus, MAX_DRAFT_BYTES, MAX_INPUT_BYTES, MAX_SOURCE_BYTES,
    ProblemId,
};

use crate::AppState;
use crate::error::ApiError;

/// Longest part of a client's text that an error message repeats, in characters.
const QUOTED_CHARS: usize = 80;

pub(crate) fn source(code: &str) -> Result<(), ApiError> {
    if code.len() > MAX_SOURCE_BYTES {
        return Err(ApiError::SourceTooLarge(code.len()));
    }
    if let Some(index) = code.find('\0') {
        return Err(ApiError::SourceHasNul(index));
    }
    if code.trim().is_empty() {
        return Err(ApiError::EmptySource);
    }
    Ok(())
}

/// Checks a source against the limit of its problem.
pub(crate) async fn source_for(
    state: &AppState,
    problem: &ProblemId,
    code: &str,
) -> Result<(), ApiError> {
    let limit = state.code_limits().of(state.store(), problem).await?;
    let limit = limit.ok_or_else(|| ApiError::UnknownProblem(problem.to_string()))?;
    if code.len() as u64 > limit {
        let bytes = code.len();
        return Err(ApiError::SourceOverProblemLimit { bytes, limit });
    }
    Ok(())
}

/// As [`source`], and not larger than the drafts that are compiled speculatively.
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

/// Checks that a worker knows the language, by its id or an alias, and has its toolchain.
pub(crate) async fn language(state: &AppState, name: &str) -> Result<LanguageId, ApiError> {
    let language = language_info(state, name).await?;
    Ok(language.id)
}

/// As [`language`], with everything that is known about it.
pub(crate) async fn language_info(state: &AppState, name: &str) -> Result<LanguageInfo, ApiError> {
    let languages = state.broker().workers.languages().await?;
    if languages.is_empty() {
        return Err(ApiError::NoWorker);
    }
    let position = languages
        .iter()
        .position(|language| language.is_named(name));
    let Some(language) = position.map(|index| languages[index].clone()) else {
        let ids: Vec<&str> = languages
            .iter()
            .map(|language| language.id.as_str())
            .collect();
        return Err(ApiError::UnknownLanguage {
            language: quote(name),
            available: ids.join(", "),
        });
    };
    match language.status {
        LanguageStatus::Available => Ok(language),
        LanguageStatus::Missing => Err(ApiError::LanguageUnavailable {
            name: language.name,
            reason: language
                .detail
                .unwrap_or_else(|| "its toolchain is not installed".to_owned()),
        }),
    }
}

pub(crate) fn problem(id: &str) -> Result<ProblemId, ApiError> {
    // A text that is not a valid id is not the id of any problem.
    ProblemId::parse(id).map_err(|_| ApiError::UnknownProblem(quote(id)))
}

pub(crate) fn quote(text: &str) -> String {
    text.chars().take(QUOTED_CHARS).collect()
}
