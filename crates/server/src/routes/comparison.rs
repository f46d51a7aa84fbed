use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::Json;
use axum::extract::State;
use letscode_model::{Submission, SubmissionSummary, UserId, Verdict, VerdictSummary, VerifiedBy};
use letscode_store::{MAX_PAGE_SIZE, SubmissionFilter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::params::PathText;
use crate::{AppState, ownership, public_result};

/// Pages of the latest submissions that are read: many people, and few reads.
const MAX_PAGES: usize = 5;

/// Comparison of an accepted submission with other people's for the same problem and language.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = Comparison)]
pub(crate) struct SubmissionComparison {
    /// Number of people that it is compared with: those with an accepted submission, judged by the
    /// server, among the latest 500; each by their fastest. 0 for a submission that was not accepted.
    #[serde(rename = "others")]
    people: u32,
    /// Number of them whose submission took more time.
    slower: u32,
    /// Number of them whose submission took more memory.
    larger: u32,
}

/// Compare an accepted submission with other people's.
#[utoipa::path(
    get, path = "/api/submission/{id}/comparison", operation_id = "compareSubmission", tag = "submissions",
    params(("id" = String, Path, format = Uuid, description = "The submission's id")),
    responses((status = 200, description = "In numbers of people", body = SubmissionComparison), ErrorResponses),
)]
pub(crate) async fn compare(
    State(state): State<AppState>,
    PathText(id): PathText,
    caller: Caller,
) -> Result<Json<SubmissionComparison>, ApiError> {
    let id = id.parse().map_err(|_| ApiError::InvalidSubmissionId)?;
    let submission = ownership::visible_submission(&state, &caller, id, None).await?;
    let Some(own) = accepted(submission.verdict.as_ref()) else {
        return Ok(Json(SubmissionComparison::default()));
    };
    let mut best = HashMap::new();
    let mut filter = SubmissionFilter {
        problem_id: Some(submission.problem_id.clone()),
        limit: Some(MAX_PAGE_SIZE),
        ..SubmissionFilter::default()
    };
    for _ in 0..MAX_PAGES {
        let page = state.store().list_submissions(&filter).await?;
        for candidate in &page.submissions {
            keep_fastest(&mut best, &submission, candidate);
        }
        match page.next_cursor {
            Some(cursor) => filter.cursor = Some(cursor),
            None => break,
        }
    }
    let count = |is_counted: &dyn Fn(&ResourceUse) -> bool| {
        let count = best.values().filter(|usage| is_counted(usage)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    };
    Ok(Json(SubmissionComparison {
        people: count(&|_| true),
        slower: count(&|usage| usage.time > own.time),
        larger: count(&|usage| usage.memory > own.memory),
    }))
}

#[derive(Clone, Copy)]
struct ResourceUse {
    time: f64,
    memory: u64,
}

fn accepted(verdict: Option<&VerdictSummary>) -> Option<ResourceUse> {
    let verdict = verdict.filter(|verdict| verdict.status == Verdict::Accepted)?;
    // As everybody sees it: comparisons with results of one's own would tell the exact figures.
    let verdict = public_result::verdict(verdict.clone());
    Some(ResourceUse {
        time: verdict.max_time,
        memory: verdict.max_memory,
    })
}

/// Keeps each person's fastest submission that is comparable with `submission`.
fn keep_fastest(
    best: &mut HashMap<UserId, ResourceUse>,
    submission: &Submission,
    candidate: &SubmissionSummary,
) {
    let is_comparable = candidate.user_id != submission.user_id
        && candidate.language == submission.language
        && !candidate.is_custom_test
        && candidate.verified_by == Some(VerifiedBy::Server);
    let Some(usage) = accepted(candidate.verdict.as_ref()).filter(|_| is_comparable) else {
        return;
    };
    match best.entry(candidate.user_id.clone()) {
        Entry::Occupied(mut entry) if usage.time < entry.get().time => {
            entry.insert(usage);
        }
        Entry::Occupied(_) => {}
        Entry::Vacant(entry) => {
            entry.insert(usage);
        }
    }
}
