use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use letscode_adapters::{QueuePatience, RunCaller};
use letscode_model::{InvalidSpec, KeyScope, RunAnswer, RunBody};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use utoipa::ToSchema;

use super::lines::{BatchLine, LineReader, MAX_LINES};
use crate::AppState;
use crate::body::parse;
use crate::caller::{Caller, Identity, renewed};
use crate::connection::client_address;
use crate::error::{ApiError, internal};
use crate::error_response::ErrorBody;
use crate::rate_limits;
use crate::runs::accept;

/// Results that wait for a slow reader, in KiB.
const MAX_RESULT_KIB: usize = 64 << 10;
/// Fewest and most runs of one batch that are queued at once. Two for each slot keep all of them busy.
const QUEUED_RUNS: std::ops::RangeInclusive<u32> = 4..=256;

/// A line of the answer: the index of the request's line, from 0, and its result or refusal.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum BatchAnswer {
    Completed(Box<CompletedLine>),
    Refused(RefusedLine),
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CompletedLine {
    index: usize,
    #[serde(flatten)]
    run: RunAnswer,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedLine {
    index: usize,
    /// The reason why this line was not run.
    problem: ErrorBody,
}

impl BatchAnswer {
    fn index(&self) -> usize {
        match self {
            BatchAnswer::Completed(line) => line.index,
            BatchAnswer::Refused(line) => line.index,
        }
    }
}

/// A line of the answer as bytes, which holds its part of the memory until it is written.
struct ResultLine {
    bytes: Vec<u8>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for ResultLine {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Runs all lines of a body, and sends their results as they come. Ends when nobody reads them.
pub(crate) async fn drive(state: AppState, parts: Parts, body: Body, results: mpsc::Sender<Bytes>) {
    let (sender, lines) = mpsc::channel(MAX_LINES);
    let reader = LineReader {
        state: &state,
        address: client_address(&parts.extensions, &parts.headers),
        lines: sender,
        count: 0,
    };
    let runs = run_all(&state, Arc::new(parts), lines, &results);
    tokio::select! {
        _ = async { tokio::join!(reader.read(body), runs) } => {}
        // Dropping the runs cancels them.
        () = results.closed() => {}
    }
}

async fn run_all(
    state: &AppState,
    parts: Arc<Parts>,
    mut lines: mpsc::Receiver<BatchLine>,
    results: &mpsc::Sender<Bytes>,
) {
    let capacity = state.broker().jobs.status().await;
    let capacity = capacity.map_or(1, |status| status.capacity);
    let queued = (2 * capacity).clamp(*QUEUED_RUNS.start(), *QUEUED_RUNS.end());
    let places = Arc::new(Semaphore::new(queued as usize));
    let memory = Arc::new(Semaphore::new(MAX_RESULT_KIB));
    let mut tasks = JoinSet::new();
    loop {
        // Neither semaphore is ever closed.
        let place = places.clone().acquire_owned().await;
        let Some(line) = lines.recv().await else {
            break;
        };
        // One after the other: a line that waits for the rate holds up those behind it.
        let sender = Identity::of(&parts.extensions).share();
        let patience = state.settings().run_wait;
        let allowed = match rate_limits::count_line(state, &parts, sender, patience).await {
            Ok(()) => still_allowed(state, &parts).await,
            refused => refused,
        };
        let (state, parts, results) = (state.clone(), parts.clone(), results.clone());
        let memory = memory.clone();
        tasks.spawn(async move {
            let address = client_address(&parts.extensions, &parts.headers);
            let running = run_line(&state, &parts, line, allowed);
            let answer = state.pacer().pace(address, running).await;
            let result = result_line(answer, &memory).await;
            let _ = results.send(Bytes::from_owner(result)).await;
            drop(place);
        });
        while tasks.try_join_next().is_some() {}
    }
    while tasks.join_next().await.is_some() {}
}

/// Fails once the session has ended or the key is not valid any more. A store that doesn't answer ends
/// nothing.
async fn still_allowed(state: &AppState, parts: &Parts) -> Result<(), ApiError> {
    match renewed(state, &Identity::of(&parts.extensions)).await {
        Ok(identity) => identity.require(KeyScope::Run),
        Err(error @ (ApiError::InvalidKey(_) | ApiError::LoginRequired)) => Err(error),
        Err(_) => Ok(()),
    }
}

async fn run_line(
    state: &AppState,
    parts: &Parts,
    line: BatchLine,
    allowed: Result<(), ApiError>,
) -> BatchAnswer {
    let index = line.index;
    let run = match allowed {
        Ok(()) => try_run(state, parts, line).await,
        Err(error) => Err(error),
    };
    match run {
        Ok(run) => BatchAnswer::Completed(Box::new(CompletedLine { index, run })),
        Err(error) => BatchAnswer::Refused(RefusedLine {
            index,
            problem: error.to_body(),
        }),
    }
}

async fn try_run(
    state: &AppState,
    parts: &Parts,
    mut line: BatchLine,
) -> Result<RunAnswer, ApiError> {
    let content = std::mem::replace(&mut line.content, Ok(Vec::new()))?;
    let address = client_address(&parts.extensions, &parts.headers);
    let body: RunBody = parse(state, content, address).await?;
    let stated = [
        ("keepFor", body.keep_for.is_some()),
        ("callbackUrl", body.callback_url.is_some()),
    ];
    if let Some((field, _)) = stated.into_iter().find(|(_, is_stated)| *is_stated) {
        let reason = "a batch returns its results, and neither keeps nor sends them";
        return Err(InvalidSpec::new(field, reason).into());
    }
    let caller = Caller::from_body(parts, body.user_id.as_ref())?;
    let encoding = body.encoding;
    let caller = RunCaller {
        user_id: caller.user_id().clone(),
        terms: caller.turn_terms(state.settings()),
        counted_key: caller.counted_key(),
        patience: QueuePatience::Wait(state.settings().run_wait),
    };
    let queued = accept::queue(state, body.into_spec()?, &caller).await?;
    let id = queued.id;
    let report = queued.report(state, state.settings().run_wait).await?;
    // The line's memory is counted until here, since the queue holds what it says.
    drop(line);
    Ok(RunAnswer::completed(id, report, encoding))
}

async fn result_line(answer: BatchAnswer, memory: &Arc<Semaphore>) -> ResultLine {
    let mut bytes = serde_json::to_vec(&answer).unwrap_or_else(|error| {
        let problem = internal("a result could not be written", &error).to_body();
        let index = answer.index();
        // Texts and numbers always serialise.
        serde_json::to_vec(&serde_json::json!({"index": index, "problem": problem}))
            .unwrap_or_default()
    });
    bytes.push(b'\n');
    let size_kib = (bytes.len() / 1024 + 1).min(MAX_RESULT_KIB);
    let amount = u32::try_from(size_kib).unwrap_or(u32::MAX);
    let permit = memory.clone().acquire_many_owned(amount).await;
    ResultLine {
        bytes,
        _permit: permit.ok(),
    }
}
