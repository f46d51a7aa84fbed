use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::Json;
use axum::extract::State;
use letscode_model::{Submission, SubmissionSummary, UserId, Verdict, VerdictSummary, VerifiedBy};
use letscode_store::{MAX_PAGE_SIZE, SubmissionFilter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::AppState;
use crate::error::ApiError;
use crate::params::PathText;
use crate::problem::Refusals;

/// So far back others' submissions are looked for: many people, and few reads.
const MAX_PAGES: usize = 5;

/// How an accepted submission compares with other people's to the same problem, in the same language.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct Comparison {
    /// People that it is compared with: those among the latest 500 submissions whose own was accepted by the
    /// server, each with their quickest. 0 for a submission that was not accepted.
    others: u32,
    /// How many of them took more time.
    slower: u32,
    /// How many of them took more memory.
    larger: u32,
}

/// How an accepted submission compares with other people's.
#[utoipa::path(
    get, path = "/api/submission/{id}/comparison", operation_id = "compareSubmission", tag = "submissions",
    params(("id" = String, Path, format = Uuid, description = "The submission's id")),
    responses((status = 200, description = "In numbers of people", body = Comparison), Refusals),
)]
pub(crate) async fn compare(
    State(state): State<AppState>,
    PathText(id): PathText,
) -> Result<Json<Comparison>, ApiError> {
    let id = id.parse().map_err(|_| ApiError::InvalidSubmissionId)?;
    let submission = state.store().submission(id).await?;
    let submission = submission.ok_or(ApiError::SubmissionNotFound)?;
    let Some(own) = accepted(submission.verdict.as_ref()) else {
        return Ok(Json(Comparison::default()));
    };
    let mut best = HashMap::new();
    let mut filter = SubmissionFilter {
        problem_id: Some(submission.problem_id.clone()),
        limit: Some(MAX_PAGE_SIZE),
        ..SubmissionFilter::default()
    };
    for _ in 0..MAX_PAGES {
        let page = state.store().list_submissions(&filter).await?;
        for other in &page.submissions {
            take(&mut best, &submission, other);
        }
        match page.next_cursor {
            Some(cursor) => filter.cursor = Some(cursor),
            None => break,
        }
    }
    let count = |worse: &dyn Fn(&Figures) -> bool| {
        let worse = best.values().filter(|figures| worse(figures)).count();
        u32::try_from(worse).unwrap_or(u32::MAX)
    };
    Ok(Json(Comparison {
        others: count(&|_| true),
        slower: count(&|other| other.time > own.time),
        larger: count(&|other| other.memory > own.memory),
    }))
}

#[derive(Clone, Copy)]
struct Figures {
    time: f64,
    memory: u64,
}

fn accepted(verdict: Option<&VerdictSummary>) -> Option<Figures> {
    let verdict = verdict.filter(|verdict| verdict.status == Verdict::Accepted)?;
    Some(Figures {
        time: verdict.max_time,
        memory: verdict.max_memory,
    })
}

/// Keeps what counts of another submission: one for each person.
fn take(best: &mut HashMap<UserId, Figures>, submission: &Submission, other: &SubmissionSummary) {
    let counts = other.user_id != submission.user_id
        && other.language == submission.language
        && !other.is_custom_test
        && other.verified_by == Some(VerifiedBy::Server);
    let Some(figures) = accepted(other.verdict.as_ref()).filter(|_| counts) else {
        return;
    };
    match best.entry(other.user_id.clone()) {
        Entry::Occupied(mut known) if figures.time < known.get().time => {
            known.insert(figures);
        }
        Entry::Occupied(_) => {}
        Entry::Vacant(place) => {
            place.insert(figures);
        }
    }
}
