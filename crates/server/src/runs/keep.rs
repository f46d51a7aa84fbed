//! Runs whose result is kept or sent: they go on when their client hangs up.

use std::time::{Duration, Instant};

use letscode_adapters::{KeepOptions, RunCaller};
use letscode_model::{InvalidSpec, JobId, KeptRun, RunAnswer, RunReport, RunStatus};
use letscode_queue::OwnedRun;
use tokio::sync::oneshot;

use super::accept::QueuedRun;
use crate::AppState;
use crate::callback;
use crate::error::ApiError;
use crate::memory_budget::MemoryPermit;

/// Time for which a run is known that has not ended, beyond its longest wait.
const OPEN_MARGIN: Duration = Duration::from_secs(60);

/// Checks how long, and where to, a result is wanted.
pub(crate) async fn check_options(state: &AppState, options: &KeepOptions) -> Result<(), ApiError> {
    if let Some(url) = &options.callback_url {
        callback::check_url(url, &state.settings().callbacks.allowed).await?;
    }
    let max = state.settings().run_bounds.max_keep_for;
    let keep_for = options.keep_for.map(|keep_for| keep_for.as_millis());
    match keep_for {
        Some(0) => Err(InvalidSpec::new("keepFor", "it must be at least 1").into()),
        Some(value) if value > u128::from(max) => {
            let reason = format!("{value} is above the maximum of {max}");
            Err(InvalidSpec::new("keepFor", reason).into())
        }
        _ => Ok(()),
    }
}

/// Follows a queued run to its end, in a task of its own. The receiver gets the report too.
pub(crate) async fn follow(
    state: &AppState,
    queued: QueuedRun,
    caller: &RunCaller,
    options: KeepOptions,
    body: Option<MemoryPermit>,
) -> Result<oneshot::Receiver<Result<RunReport, ApiError>>, ApiError> {
    let open = KeptRun {
        id: queued.id,
        status: RunStatus::Queued,
        encoding: options.encoding,
        report: None,
    };
    let replies = state.broker().replies.clone();
    let longest = state.settings().run_wait + OPEN_MARGIN;
    let began = Instant::now();
    replies
        .keep_run(&caller.user_id, &open, longest, Duration::ZERO)
        .await?;
    let (sender, receiver) = oneshot::channel();
    let (state, owner) = (state.clone(), caller.user_id.clone());
    tokio::spawn(async move {
        let timeout = state.settings().run_wait;
        let result = queued.report(&state, timeout).await;
        drop(body);
        let status = match &result {
            Ok(report) if report.error.is_none() => RunStatus::Completed,
            Err(ApiError::RunCancelled) => RunStatus::Cancelled,
            _ => RunStatus::Failed,
        };
        let ended = KeptRun {
            status,
            report: result.as_ref().ok().cloned(),
            ..open
        };
        // Without a time, it can be fetched for a moment: who cancels it sees that it has ended.
        let keep_for = options.keep_for.unwrap_or(OPEN_MARGIN);
        if let Err(error) = replies
            .keep_run(&owner, &ended, keep_for, began.elapsed())
            .await
        {
            tracing::error!(%error, id = %ended.id, "a run could not be kept");
        }
        if let Some(url) = options.callback_url {
            let id = ended.id.to_string();
            match serde_json::to_vec(&RunAnswer::of_kept(ended)) {
                Ok(body) => state.callbacks().send(url, id, body),
                Err(error) => tracing::error!(%error, id, "a callback could not be written"),
            }
        }
        // An error means that the client has hung up.
        let _ = sender.send(result);
    });
    Ok(receiver)
}

/// Returns a run that is kept.
pub(crate) async fn get(state: &AppState, id: JobId) -> Result<OwnedRun, ApiError> {
    let kept = state.broker().replies.kept_run(id).await?;
    kept.ok_or(ApiError::RunNotFound)
}

/// Cancels a run that has not ended; removes the result of one that has.
pub(crate) async fn cancel(state: &AppState, run: KeptRun) -> Result<KeptRun, ApiError> {
    let id = run.id;
    let replies = &state.broker().replies;
    if run.status.is_final() {
        replies.forget_run(id).await?;
        return Ok(run);
    }
    replies.cancel_run(id).await?;
    Ok(KeptRun {
        status: RunStatus::Cancelled,
        ..run
    })
}
