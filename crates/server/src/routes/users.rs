//! Profiles of people with an account.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::State;
use letscode_model::{LanguageId, ProblemId, UserName};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::PathText;

/// Time that the activity is shown of.
const ACTIVITY_TIME: Duration = Duration::from_secs(366 * 24 * 3600);
const SECONDS_OF_DAY: i64 = 24 * 3600;

/// What everybody with access to the service may see of a person: no code, no failures, and no times but
/// days.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileAnswer {
    name: UserName,
    /// Day of the registration, UTC.
    #[schema(example = "2026-11-30")]
    member_since: String,
    /// Problems with an accepted submission, by id.
    solved: Vec<ProblemId>,
    /// Most used first.
    languages: Vec<LanguageUse>,
    /// Days of the last year with submissions, oldest first.
    activity: Vec<ActivityDay>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LanguageUse {
    language: LanguageId,
    submissions: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityDay {
    /// UTC.
    #[schema(example = "2026-11-30")]
    day: String,
    submissions: u64,
}

/// Get somebody's profile: solved problems, languages, and a calendar of submissions.
#[utoipa::path(
    get, path = "/api/users/{name}", operation_id = "getProfile", tag = "accounts",
    params(("name" = String, Path, description = "The user name", example = "ada")),
    responses((status = 200, description = "The profile", body = ProfileAnswer), ErrorResponses),
)]
pub(crate) async fn profile(
    State(state): State<AppState>,
    PathText(name): PathText,
) -> Result<Json<ProfileAnswer>, ApiError> {
    let name = UserName::parse(&name).map_err(|_| ApiError::AccountNotFound)?;
    let account = state.store().account_by_name(&name).await?;
    let account = account.ok_or(ApiError::AccountNotFound)?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let since = now.saturating_sub(ACTIVITY_TIME).as_millis();
    let since = i64::try_from(since).unwrap_or(i64::MAX);
    let profile = state.store().profile(&account.id, since).await?;
    let languages = profile.languages.into_iter();
    let activity = profile.activity.into_iter();
    Ok(Json(ProfileAnswer {
        name: account.name,
        member_since: date(account.created_at / 1000 / SECONDS_OF_DAY),
        solved: profile.solved,
        languages: languages
            .map(|count| LanguageUse {
                language: count.language,
                submissions: count.submissions,
            })
            .collect(),
        activity: activity
            .map(|(day, submissions)| ActivityDay {
                day: date(day),
                submissions,
            })
            .collect(),
    }))
}

/// Formats a number of days since 1970.
fn date(days: i64) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp(days.saturating_mul(SECONDS_OF_DAY));
    time.map_or_else(|_| String::new(), |time| time.date().to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn days_have_dates() {
        assert_eq!(super::date(0), "1970-01-01");
        assert_eq!(super::date(20_787), "2026-11-30");
        assert_eq!(super::date(i64::MAX), "");
    }
}
