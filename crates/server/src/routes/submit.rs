use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use letscode_analysis::{Placement, PlacementPurpose, ProblemPolicy};
use letscode_model::{
    ClientAddress, Event, Job, Judgement, JudgementKey, Lane, MAX_SOURCE_BYTES, NewSubmission,
    StatedUserId, StatusUpdate, Strategy, Submission, SubmissionId, SubmissionStatus, TurnTerms,
    VerdictSummary,
};
use letscode_queue::{StreamItem, Subscription};
use letscode_store::ClientVerdict;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::body::{ApiJson, RequestBody};
use crate::caller::{Caller, Identity};
use crate::client_result::{self, ClientResult};
use crate::error::{ApiError, internal};
use crate::error_response::ErrorResponses;
use crate::params::ApiQuery;
use crate::strategy::{ClientLanguages, StrategyQuery, language_names, select_strategy};
use crate::{AppState, admission, callback, flags, key_quota, metrics, public_result};

/// Pause after a wait for a verdict that brought none.
const CALLBACK_RETRY: Duration = Duration::from_secs(5);

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SubmitRequest {
    /// The program: at most 1 MiB, or what the problem allows; no NUL.
    code: String,
    #[schema(example = "python")]
    language: String,
    #[schema(example = "aplusb")]
    problem_id: String,
    /// `anonymous` when absent. Ignored with a secret in a header, which decides who the user is.
    #[schema(value_type = Option<String>, example = "user-123")]
    user_id: Option<StatedUserId>,
    /// Judge the public samples only.
    is_custom_test: Option<bool>,
    /// Run all tests, also where the problem stops at the first failure. A rejudge does so too.
    run_all: Option<bool>,
    /// The languages that the client can run itself, which the response's `strategy` then considers.
    #[schema(value_type = Option<Vec<String>>)]
    client_languages: Option<ClientLanguages>,
    /// Ignored unless the problem has `trust: client`.
    client_result: Option<ClientResult>,
    /// Address that the judged submission is sent to.
    #[schema(format = "uri", max_length = 2048)]
    callback_url: Option<String>,
}

impl RequestBody for SubmitRequest {
    /// JSON may take six bytes for one (`\u000a`); the other fields are small.
    const MAX_BODY_BYTES: usize = 6 * MAX_SOURCE_BYTES + 64 * 1024;

    fn stated_user_id(&self) -> Option<&StatedUserId> {
        self.user_id.as_ref()
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubmitQuery {
    /// Respond when the submission is judged, with its verdict and test results.
    wait: Option<bool>,
}

/// Confirmation of an accepted submission.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Receipt)]
pub(crate) struct SubmitReceipt {
    submission_id: SubmissionId,
    strategy: Strategy,
    /// The reasons for this strategy, for people.
    reasons: Vec<String>,
}

/// The strategy for a submission, and the client's own result if it is used.
struct SubmitDecision {
    placement: Placement,
    claim: Option<ClientVerdict>,
}

impl SubmitDecision {
    /// The decision for a client that reports neither languages nor a result.
    fn server() -> Self {
        let reason = "The server judges every submission: hidden tests never leave it.";
        SubmitDecision {
            placement: Placement {
                strategy: Strategy::Server,
                reasons: vec![reason.to_owned()],
            },
            claim: None,
        }
    }

    fn receipt(self, submission_id: SubmissionId) -> SubmitReceipt {
        SubmitReceipt {
            submission_id,
            strategy: self.placement.strategy,
            reasons: self.placement.reasons,
        }
    }
}

/// A receipt together with the submission's current state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JudgedReceipt {
    #[serde(flatten)]
    receipt: SubmitReceipt,
    #[serde(flatten)]
    submission: Submission,
}

/// Submit code to be judged.
#[utoipa::path(
    post, path = "/api/submit", operation_id = "submit", tag = "submissions",
    params(SubmitQuery), request_body = SubmitRequest,
    responses(
        (status = 201, description = "Accepted and stored durably",
            body = SubmitReceipt, headers(("Location", description = "Address of the submission"))),
        (status = 200, description = "With `wait`: judged", body = JudgedReceipt),
        (status = 202, description = "With `wait`: not judged in time; poll `Location`",
            body = JudgedReceipt),
        ErrorResponses,
    ),
)]
pub(crate) async fn submit(
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<SubmitQuery>,
    ApiJson {
        mut value,
        caller,
        permit,
    }: ApiJson<SubmitRequest>,
) -> Result<Response, ApiError> {
    let client = ClientInfo {
        languages: value.client_languages.take().map(language_names),
        result: value.client_result.take(),
        is_named: caller.is_named(),
        address: caller.address(),
    };
    let callback_url = value.callback_url.take();
    if let Some(url) = &callback_url {
        callback::check_url(url, &state.settings().callbacks.allowed).await?;
    }
    let new = check(&state, &caller, value).await?;
    let mut decision = decide(&state, &new, client).await?;
    let id = new.id;
    let callback = match callback_url {
        Some(url) => {
            let subscription = state.broker().events.subscribe(&new.user_id, None).await?;
            let identity = caller.identity().clone();
            Some(call_back(state.clone(), id, (url, identity), subscription))
        }
        None => None,
    };
    let subscription = if query.wait == Some(true) {
        // Before it is queued, or the verdict could be published before anybody listens.
        Some(state.broker().events.subscribe(&new.user_id, None).await?)
    } else {
        None
    };
    tracing::debug!(submission = %id, %caller, "submitted");
    // A task of its own: a client that disconnects must not leave a submission that is stored but
    // not queued.
    let accepting = accept(state.clone(), new, decision.claim.take(), caller.clone());
    let accepting = async move {
        accepting.await?;
        callback.map(tokio::spawn);
        Ok::<_, ApiError>(())
    };
    tokio::spawn(accepting)
        .await
        .map_err(|error| internal("accepting a submission failed", &error))??;
    drop(permit);

    let location = [(header::LOCATION, format!("/api/submission/{id}"))];
    let Some(subscription) = subscription else {
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
        submission: public_result::submission(caller.identity().show(submission)),
    };
    Ok((status, location, Json(body)).into_response())
}

async fn check(
    state: &AppState,
    caller: &Caller,
    request: SubmitRequest,
) -> Result<NewSubmission, ApiError> {
    admission::source(&request.code)?;
    let new = NewSubmission {
        id: SubmissionId::random(),
        user_id: caller.user_id().clone(),
        language: admission::language(state, &request.language).await?,
        problem_id: admission::problem(&request.problem_id)?,
        code: request.code,
        is_custom_test: request.is_custom_test.unwrap_or(false),
        run_all: request.run_all.unwrap_or(false),
        terms: TurnTerms::default(),
    };
    admission::source_for(state, &new.problem_id, &new.code).await?;
    Ok(new)
}

/// The client's abilities and its own result for the program.
struct ClientInfo {
    languages: Option<Vec<String>>,
    result: Option<ClientResult>,
    /// Results of anonymous users are never trusted.
    is_named: bool,
    address: Option<ClientAddress>,
}

/// Decides where the submission is judged. For a client without own languages or a result, neither
/// the code is analysed nor the problem looked up.
async fn decide(
    state: &AppState,
    new: &NewSubmission,
    client: ClientInfo,
) -> Result<SubmitDecision, ApiError> {
    let client_languages = match (client.languages, &client.result) {
        (Some(languages), _) => languages,
        (None, Some(_)) => vec![new.language.to_string()],
        (None, None) => return Ok(SubmitDecision::server()),
    };
    let problem = state.store().problem(&new.problem_id).await?;
    let mut problem =
        problem.ok_or_else(|| ApiError::UnknownProblem(new.problem_id.to_string()))?;
    problem.summary.lower_limits(&state.settings().caps);
    let result = client
        .result
        .filter(|_| client.is_named && !new.is_custom_test);
    let judgement = result.and_then(|result| client_result::judgement(&result, &problem));
    let trusted = match judgement {
        Some(judgement) if state.store().is_trusted(&new.user_id).await? => Some(judgement),
        _ => None,
    };
    let query = StrategyQuery {
        purpose: PlacementPurpose::Submit,
        language: new.language.clone(),
        problem: ProblemPolicy {
            interactive: problem.summary.interactive,
            trusts_client: trusted.is_some(),
        },
        client_languages,
        address: client.address,
    };
    let mut placement = select_strategy(state, new.code.clone(), query)
        .await?
        .placement;
    let judgement = trusted.filter(|_| placement.strategy == Strategy::Client);
    let claim = judgement.map(|judgement| {
        client_result::draw_check(new.id, judgement, state.settings().client_recheck)
    });
    if matches!(claim, Some(ClientVerdict::Unverified(_))) {
        placement.strategy = Strategy::Hybrid;
        let reason =
            "The server checks a share of the results from browsers, and this is one of them.";
        placement.reasons = vec![reason.to_owned()];
    }
    Ok(SubmitDecision { placement, claim })
}

/// Reserves a place in the queue, stores the submission, then queues it: a stored submission always
/// has a place.
async fn accept(
    state: AppState,
    mut new: NewSubmission,
    claim: Option<ClientVerdict>,
    caller: Caller,
) -> Result<(), ApiError> {
    let (terms, address) = (caller.turn_terms(state.settings()), caller.address());
    if let Some(ClientVerdict::Trusted(judgement)) = &claim {
        flags::apply(&state, &new.user_id, terms).await?;
        take_quota(&state, &new, address)?;
        return finish_unjudged(&state, &new, judgement).await;
    }
    let jobs = &state.broker().jobs;
    // Before anything is looked up: what finds no place costs no more.
    let permit = jobs.reserve(&new.user_id, terms.share.as_ref()).await?;
    new.terms = flags::apply(&state, &new.user_id, terms).await?;
    take_quota(&state, &new, address)?;
    key_quota::count_use(&state, caller.counted_key()).await?;
    match &claim {
        None => state.store().insert_submission(&new).await?,
        Some(claim) => state.store().insert_client_result(&new, claim).await?,
    }
    metrics::submission_accepted(&new.language);
    state.predictor().record(&new.user_id, &new.language);
    let queued = update(new.id, SubmissionStatus::Queued, None);
    let published = state.broker().events.publish(&new.user_id, queued).await;
    let pushed = permit
        .push(Job::Judge {
            submission_id: new.id,
            judgement: JudgementKey::FIRST,
            user_id: new.user_id,
            lane: Lane::of_submission(new.is_custom_test),
            terms: new.terms,
        })
        .await;
    // It is stored, and recovery queues unfinished submissions: for the client it is accepted.
    if let Err(error) = published.and(pushed.map(u64::from)) {
        tracing::error!(submission = %new.id, %error, "stored, but the queue failed");
    }
    Ok(())
}

fn take_quota(
    state: &AppState,
    new: &NewSubmission,
    address: Option<ClientAddress>,
) -> Result<(), ApiError> {
    if state.source_quota().take(address, new.code.len()) {
        return Ok(());
    }
    let max_bytes = state.settings().max_source_bytes_per_address;
    Err(ApiError::TooMuchSource(max_bytes >> 20))
}

/// Stores a submission with the trusted result of the client, then publishes the verdict.
async fn finish_unjudged(
    state: &AppState,
    new: &NewSubmission,
    judgement: &Judgement,
) -> Result<(), ApiError> {
    let claim = ClientVerdict::Trusted(judgement.clone());
    state.store().insert_client_result(new, &claim).await?;
    metrics::submission_accepted(&new.language);
    state.predictor().record(&new.user_id, &new.language);
    let verdict = Some(judgement.verdict.clone());
    let done = update(new.id, SubmissionStatus::Completed, verdict);
    if let Err(error) = state.broker().events.publish(&new.user_id, done).await {
        tracing::warn!(submission = %new.id, %error, "could not publish a verdict");
    }
    Ok(())
}

fn update(id: SubmissionId, status: SubmissionStatus, verdict: Option<VerdictSummary>) -> Event {
    Event::StatusUpdate(StatusUpdate {
        verdict,
        ..StatusUpdate::new(JudgementKey::first_of(id), status)
    })
}

/// Returns the submission when it is final, or its current state after the longest wait.
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

/// Sends a submission to its callback when it is judged.
async fn call_back(
    state: AppState,
    id: SubmissionId,
    (url, identity): (String, Identity),
    subscription: Subscription,
) {
    let send = |submission| send(&state, url.clone(), identity.show(submission));
    let user = match wait_for_verdict(&state, id, subscription).await {
        Ok(submission) if submission.status.is_final() => return send(submission),
        Ok(submission) => submission.user_id,
        // It was removed.
        Err(_) => return,
    };
    loop {
        let subscribed = state.broker().events.subscribe(&user, None).await;
        let waited = match subscribed {
            Ok(subscription) => wait_for_verdict(&state, id, subscription).await,
            Err(error) => Err(error.into()),
        };
        match waited {
            Ok(submission) if submission.status.is_final() => return send(submission),
            Err(ApiError::SubmissionNotFound) => return,
            _ => tokio::time::sleep(CALLBACK_RETRY).await,
        }
    }
}

fn send(state: &AppState, url: String, submission: Submission) {
    let id = submission.id.to_string();
    match serde_json::to_vec(&public_result::submission(submission)) {
        Ok(body) => state.callbacks().send(url, id, body),
        Err(error) => tracing::error!(%error, id, "a callback could not be written"),
    }
}

/// Waits for the event that the submission is final, or that events may have been lost.
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
