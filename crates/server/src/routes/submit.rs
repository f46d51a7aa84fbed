use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use letscode_analysis::{Placement, PlacementPurpose, ProblemPolicy};
use letscode_model::{
    Event, Job, Judgement, Lane, MAX_SOURCE_BYTES, NewSubmission, StatusUpdate, Strategy,
    Submission, SubmissionId, SubmissionStatus, VerdictSummary,
};
use letscode_queue::{StreamItem, Subscription};
use letscode_store::Claim;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::body::{ApiJson, BodyBound};
use crate::error::{ApiError, internal};
use crate::params::ApiQuery;
use crate::problem::Refusals;
use crate::routes::claim::{self, ClientResult};
use crate::routes::route::{Question, ask};
use crate::{AppState, admission, metrics};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubmitRequest {
    /// The program: at most 1 MiB, no NUL.
    code: String,
    #[schema(example = "python")]
    language: String,
    #[schema(example = "aplusb")]
    problem_id: String,
    /// `anonymous` when absent.
    #[schema(example = "user-123")]
    user_id: Option<String>,
    /// Judge the public samples only.
    is_custom_test: Option<bool>,
    /// The languages that the client runs itself: `strategy` then says what to do with that.
    client_languages: Option<Vec<String>>,
    /// Ignored but on a problem with `trust: client`.
    client_result: Option<ClientResult>,
}

impl BodyBound for SubmitRequest {
    /// JSON may spend six bytes on one (`\u000a`), and the other fields need little.
    const MAX_BODY_BYTES: usize = 6 * MAX_SOURCE_BYTES + 64 * 1024;
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubmitQuery {
    /// Answer when the submission is judged, with all that is known of it.
    wait: Option<bool>,
}

/// How a submission was received.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    submission_id: SubmissionId,
    strategy: Strategy,
    /// Why this strategy, for a person.
    reasons: Vec<String>,
}

/// What becomes of a submission.
struct Decision {
    route: Placement,
    claim: Option<Claim>,
}

impl Decision {
    /// Without a word from the client about itself.
    fn server() -> Self {
        let reason = "The server judges every submission: hidden tests never leave it.";
        Decision {
            route: Placement {
                strategy: Strategy::Server,
                reasons: vec![reason.to_owned()],
            },
            claim: None,
        }
    }

    fn receipt(self, submission_id: SubmissionId) -> Receipt {
        Receipt {
            submission_id,
            strategy: self.route.strategy,
            reasons: self.route.reasons,
        }
    }
}

/// A receipt together with where the submission stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JudgedReceipt {
    #[serde(flatten)]
    receipt: Receipt,
    #[serde(flatten)]
    submission: Submission,
}

/// Submit code to be judged.
#[utoipa::path(
    post, path = "/api/submit", operation_id = "submit", tag = "submissions",
    params(SubmitQuery), request_body = SubmitRequest,
    responses(
        (status = 201, description = "Accepted to be judged; it survives a crash from here on",
            body = Receipt, headers(("Location", description = "Where the submission is"))),
        (status = 200, description = "With `wait`: judged", body = JudgedReceipt),
        (status = 202, description = "With `wait`: not judged in time; ask again at `Location`",
            body = JudgedReceipt),
        Refusals,
    ),
)]
pub(crate) async fn submit(
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<SubmitQuery>,
    ApiJson { mut value, held }: ApiJson<SubmitRequest>,
) -> Result<Response, ApiError> {
    let asked = Asked {
        client: value.client_languages.clone(),
        result: value.client_result.take(),
        is_named: value.user_id.is_some(),
    };
    let new = check(&state, value).await?;
    let mut decision = decide(&state, &new, asked).await?;
    let (id, user) = (new.id, new.user_id.clone());
    let following = match query.wait {
        // Before it is queued, or the verdict could come before there is anybody to hear of it.
        Some(true) => Some(state.broker().events.subscribe(&user, None).await?),
        _ => None,
    };
    // A task of its own: a client that hangs up must not leave a submission that is durable but
    // not queued.
    let accepting = tokio::spawn(accept(state.clone(), new, decision.claim.take()));
    accepting
        .await
        .map_err(|error| internal("accepting a submission failed", &error))??;
    drop(held);

    let location = [(header::LOCATION, format!("/api/submission/{id}"))];
    let Some(subscription) = following else {
        return Ok((StatusCode::CREATED, location, Json(decision.receipt(id))).into_response());
    };
    let submission = wait_for_verdict(&state, id, subscription).await?;
    let status = if submission.status.is_final() {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    let body = JudgedReceipt {
        receipt: decision.receipt(id),
        submission,
    };
    Ok((status, location, Json(body)).into_response())
}

async fn check(state: &AppState, request: SubmitRequest) -> Result<NewSubmission, ApiError> {
    admission::source(&request.code)?;
    Ok(NewSubmission {
        id: SubmissionId::random(),
        user_id: admission::user(request.user_id.as_deref())?,
        language: admission::language(state, &request.language).await?,
        problem_id: admission::problem(&request.problem_id)?,
        code: request.code,
        is_custom_test: request.is_custom_test.unwrap_or(false),
    })
}

/// What the client says of itself and of the program.
struct Asked {
    client: Option<Vec<String>>,
    result: Option<ClientResult>,
    /// Nobody in particular can't be believed.
    is_named: bool,
}

/// A client that says nothing of itself costs neither a look at the code nor one at the problem.
async fn decide(state: &AppState, new: &NewSubmission, asked: Asked) -> Result<Decision, ApiError> {
    let client = match (asked.client, &asked.result) {
        (Some(client), _) => client,
        (None, Some(_)) => vec![new.language.to_string()],
        (None, None) => return Ok(Decision::server()),
    };
    let problem = state.store().problem(&new.problem_id).await?;
    let problem = problem.ok_or_else(|| ApiError::UnknownProblem(new.problem_id.to_string()))?;
    let claimed = asked
        .result
        .filter(|_| asked.is_named && !new.is_custom_test);
    let claimed = claimed.and_then(|result| claim::judgement(&result, &problem));
    let believed = match claimed {
        Some(judgement) if state.store().is_believed(&new.user_id).await? => Some(judgement),
        _ => None,
    };
    let question = Question {
        purpose: PlacementPurpose::Submit,
        language: new.language.clone(),
        problem: ProblemPolicy {
            interactive: problem.summary.interactive,
            trusts_client: believed.is_some(),
        },
        client,
    };
    let (_, mut route, _) = ask(state, new.code.clone(), question).await?;
    let judgement = believed.filter(|_| route.strategy == Strategy::Client);
    let claim =
        judgement.map(|judgement| claim::draw(new.id, judgement, state.settings().client_recheck));
    if matches!(claim, Some(Claim::Checked(_))) {
        route.strategy = Strategy::Hybrid;
        let reason = "The server judges some of what browsers say, and this is one of those.";
        route.reasons = vec![reason.to_owned()];
    }
    Ok(Decision { route, claim })
}

/// A place in the queue, then the disk, then the queue: what is durable always has a place. The store
/// refuses a problem that it does not know, without a look-up of its own before.
async fn accept(state: AppState, new: NewSubmission, claim: Option<Claim>) -> Result<(), ApiError> {
    if let Some(Claim::Believed(judgement)) = &claim {
        return conclude(&state, &new, judgement).await;
    }
    let permit = state.broker().jobs.reserve(&new.user_id).await?;
    match &claim {
        None => state.store().insert_submission(&new).await?,
        Some(claim) => state.store().insert_claimed(&new, claim).await?,
    }
    metrics::submission_accepted(&new.language);
    state.habits().submitted(&new.user_id, &new.language);
    let queued = update(new.id, SubmissionStatus::Queued, None);
    let published = state.broker().events.publish(&new.user_id, queued).await;
    let pushed = permit
        .push(Job::Judge {
            submission_id: new.id,
            user_id: new.user_id,
            lane: Lane::of_submission(new.is_custom_test),
        })
        .await;
    // It is durable, and recovery queues what is open: the client's part is done.
    if let Err(error) = published.and(pushed.map(u64::from)) {
        tracing::error!(submission = %new.id, %error, "stored, but the queue failed");
    }
    Ok(())
}

/// Nothing is left to be judged: on disk, then told.
async fn conclude(
    state: &AppState,
    new: &NewSubmission,
    judgement: &Judgement,
) -> Result<(), ApiError> {
    let claim = Claim::Believed(judgement.clone());
    state.store().insert_claimed(new, &claim).await?;
    metrics::submission_accepted(&new.language);
    state.habits().submitted(&new.user_id, &new.language);
    let verdict = Some(judgement.verdict.clone());
    let done = update(new.id, SubmissionStatus::Completed, verdict);
    if let Err(error) = state.broker().events.publish(&new.user_id, done).await {
        tracing::warn!(submission = %new.id, %error, "could not publish a verdict");
    }
    Ok(())
}

fn update(id: SubmissionId, status: SubmissionStatus, verdict: Option<VerdictSummary>) -> Event {
    Event::StatusUpdate(StatusUpdate {
        submission_id: id,
        status,
        current_test: None,
        test_result: None,
        verdict,
    })
}

/// Returns when the submission is final, or with what is known when waiting takes too long.
async fn wait_for_verdict(
    state: &AppState,
    id: SubmissionId,
    mut subscription: Subscription,
) -> Result<Submission, ApiError> {
    let judged = async {
        loop {
            final_update(&mut subscription, id).await;
            match current(state, id).await {
                Ok(submission) if !submission.status.is_final() => {}
                answer => return answer,
            }
        }
    };
    tokio::select! {
        answer = judged => answer,
        () = tokio::time::sleep(state.settings().judge_wait) => current(state, id).await,
        () = state.closing() => current(state, id).await,
    }
}

/// Waits for word that the submission is final, or that such word may have been lost.
async fn final_update(subscription: &mut Subscription, id: SubmissionId) {
    loop {
        match subscription.next().await {
            Ok(StreamItem::Event { event, .. }) => {
                let Event::StatusUpdate(update) = &*event else {
                    continue;
                };
                if update.submission_id == id && update.status.is_final() {
                    return;
                }
            }
            Ok(StreamItem::System { .. }) => {}
            Ok(StreamItem::Resync { .. }) | Err(_) => return,
        }
    }
}

async fn current(state: &AppState, id: SubmissionId) -> Result<Submission, ApiError> {
    let submission = state.store().submission(id).await?;
    submission.ok_or(ApiError::SubmissionNotFound)
}
