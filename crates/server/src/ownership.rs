//! Whose is what: decides who may see and change submissions and runs.
//!
//! In mode `open` ids are random and can't be guessed: who has one sees the result, and the code is for
//! the user who submitted it. In the other modes everything of a submission is for its user, the setter
//! of its problem and admins, and for whoever has a link that its user made. What somebody may not see
//! is answered as what is not there.

use letscode_model::{
    JobId, KeptRun, KeyOwner, KeyScope, NewSubmission, ProblemId, SecretHash, Submission,
    SubmissionId, UserId,
};

use crate::AppState;
use crate::caller::{Caller, Proof};
use crate::error::ApiError;
use crate::manager::ProblemManager;
use crate::runs::keep;

/// Longest secret of a link that is looked for: those that are made are shorter.
pub(crate) const MAX_LINK_BYTES: usize = 128;

/// Returns a submission that the caller may see. `link`: the secret of a link, if the request has one.
pub(crate) async fn visible_submission(
    state: &AppState,
    caller: &Caller,
    id: SubmissionId,
    link: Option<&str>,
) -> Result<Submission, ApiError> {
    if has_link(state, id, link).await? {
        let submission = state.store().submission(id).await?;
        return submission.ok_or(ApiError::SubmissionNotFound);
    }
    caller.require(KeyScope::Read)?;
    let submission = state.store().submission(id).await?;
    let submission = submission.ok_or(ApiError::SubmissionNotFound)?;
    let is_visible = caller.identity().is_open()
        || is_concerned(state, caller, &submission.user_id, &submission.problem_id).await?;
    Some(submission)
        .filter(|_| is_visible)
        .ok_or(ApiError::SubmissionNotFound)
}

/// Returns a submission whose code the caller may see.
pub(crate) async fn visible_source(
    state: &AppState,
    caller: &Caller,
    id: SubmissionId,
    link: Option<&str>,
) -> Result<NewSubmission, ApiError> {
    let is_linked = has_link(state, id, link).await?;
    if !is_linked {
        caller.require(KeyScope::Read)?;
    }
    let submission = state.store().new_submission(id).await?;
    let submission = submission.ok_or(ApiError::SubmissionNotFound)?;
    let (owner, problem) = (&submission.user_id, &submission.problem_id);
    let is_visible = is_linked || is_concerned(state, caller, owner, problem).await?;
    Some(submission)
        .filter(|_| is_visible)
        .ok_or(ApiError::SubmissionNotFound)
}

/// True if a submission to a problem is the caller's own, or theirs to judge.
pub(crate) async fn is_concerned(
    state: &AppState,
    caller: &Caller,
    owner: &UserId,
    problem: &ProblemId,
) -> Result<bool, ApiError> {
    if owns(caller, owner) {
        return Ok(true);
    }
    match ProblemManager::of(caller.identity()) {
        // On the operator's own machine every program may be somebody's client.
        Ok(_) if caller.identity().is_open() => Ok(false),
        Ok(manager) => manager.manages(state, problem).await,
        Err(_) => Ok(false),
    }
}

/// True if what belongs to a user is the caller's own. An API key that states no user acts for all whom
/// it vouches for.
pub(crate) fn owns(caller: &Caller, owner: &UserId) -> bool {
    match caller.identity().proof() {
        Proof::Key(key, ..) if caller.stated_user_id().is_err() => match &key.owner {
            KeyOwner::Namespace(namespace) => namespace.contains(owner),
            KeyOwner::Account(account) => account == owner,
        },
        // Anonymous submissions have no owner: everybody can list them.
        _ if caller.identity().is_open() => caller.is_named() && caller.user_id() == owner,
        _ => caller.is_proven() && caller.user_id() == owner,
    }
}

/// Returns a run that is kept, if the caller may see it.
pub(crate) async fn visible_run(
    state: &AppState,
    caller: &Caller,
    id: JobId,
) -> Result<KeptRun, ApiError> {
    let kept = keep::get(state, id).await?;
    let is_visible =
        caller.identity().is_open() || owns(caller, &kept.owner) || caller.may(KeyScope::Admin);
    Some(kept.run)
        .filter(|_| is_visible)
        .ok_or(ApiError::RunNotFound)
}

async fn has_link(
    state: &AppState,
    id: SubmissionId,
    link: Option<&str>,
) -> Result<bool, ApiError> {
    match link {
        Some(secret) if !(1..=MAX_LINK_BYTES).contains(&secret.len()) => {
            let reason = format!("`link` has 1 to {MAX_LINK_BYTES} bytes");
            Err(ApiError::InvalidParameter { reason })
        }
        Some(secret) => Ok(state.store().has_link(id, &SecretHash::of(secret)).await?),
        None => Ok(false),
    }
}
