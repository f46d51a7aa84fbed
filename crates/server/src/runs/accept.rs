//! Checks a run and queues it.

use std::sync::Arc;
use std::time::Duration;

use letscode_adapters::{QueuePatience, RunCaller};
use letscode_model::{
    CompareRule, InvalidSpec, Job, JobId, LanguageId, LanguageInfo, RunReport, RunSpec,
};
use letscode_queue::{Permit, RunWatch};

use super::places::PlaceOwner;
use crate::error::ApiError;
use crate::{AppState, admission, flags, key_quota, metrics};

/// A run that waits in the queue, or goes on. Dropping it cancels the run.
pub(crate) struct QueuedRun {
    pub id: JobId,
    watch: RunWatch,
}

impl QueuedRun {
    /// Waits for the report.
    pub async fn report(self, state: &AppState, timeout: Duration) -> Result<RunReport, ApiError> {
        tokio::select! {
            report = self.watch.report() => report.ok_or(ApiError::RunCancelled),
            () = tokio::time::sleep(timeout) => {
                Err(ApiError::Overloaded("the code was not run in time; try again later"))
            }
            () = state.closing() => Err(ApiError::Overloaded("the server is going down")),
        }
    }
}

/// Checks a run completely, and queues it.
pub(crate) async fn queue(
    state: &AppState,
    mut spec: RunSpec,
    caller: &RunCaller,
) -> Result<QueuedRun, ApiError> {
    check(state, &mut spec).await?;
    // Before anything is looked up: what finds no place costs no more.
    let permit = reserve(state, caller).await?;
    let terms = flags::apply(state, &caller.user_id, caller.terms.clone()).await?;
    key_quota::count_use(state, caller.counted_key).await?;
    metrics::snippet_accepted(&spec.language);
    let id = JobId::random();
    let watch = state.broker().replies.watch_run(id).await?;
    let job = Job::Run {
        id,
        user_id: caller.user_id.clone(),
        spec: Arc::new(spec),
        terms,
    };
    permit.push(job).await?;
    Ok(QueuedRun { id, watch })
}

/// Checks a run, and replaces the names of languages by their ids.
pub(crate) async fn check(state: &AppState, spec: &mut RunSpec) -> Result<(), ApiError> {
    spec.check(&state.settings().run_bounds)?;
    let language = admission::language_info(state, spec.language.as_str()).await?;
    check_options(&language, &spec.compile_options)?;
    spec.language = language.id;
    if let CompareRule::Checker(checker) = &mut spec.compare {
        checker.language = checker_language(state, &checker.language).await?;
    }
    Ok(())
}

async fn checker_language(state: &AppState, name: &LanguageId) -> Result<LanguageId, ApiError> {
    let language = admission::language_info(state, name.as_str()).await;
    language
        .map(|language| language.id)
        .map_err(|error| match error {
            ApiError::UnknownLanguage { .. } | ApiError::LanguageUnavailable { .. } => {
                InvalidSpec::new("compare.checker.language", error.to_string()).into()
            }
            error => error,
        })
}

fn check_options(language: &LanguageInfo, options: &[String]) -> Result<(), InvalidSpec> {
    let is_allowed = |option: &String| {
        let mut allowed = language.compile_options.iter();
        allowed.any(|allowed| allowed.allows(option))
    };
    let Some(index) = options.iter().position(|option| !is_allowed(option)) else {
        return Ok(());
    };
    let option = admission::quote(&options[index]);
    let allowed: Vec<&str> = language
        .compile_options
        .iter()
        .map(|option| option.0.as_str())
        .collect();
    let reason = match allowed.as_slice() {
        [] => format!("{} takes no options", language.name),
        allowed => format!(
            "`{option}` is not an option that {} programs may choose; those are: {}",
            language.name,
            allowed.join(" ")
        ),
    };
    Err(InvalidSpec::new(format!("compileOptions[{index}]"), reason))
}

/// Reserves a place in the queue; waits for one if the caller does.
async fn reserve(state: &AppState, caller: &RunCaller) -> Result<Box<dyn Permit>, ApiError> {
    let patience = match caller.patience {
        QueuePatience::Refuse => Duration::ZERO,
        QueuePatience::Wait(patience) => patience,
    };
    let owner = PlaceOwner {
        user_id: caller.user_id.clone(),
        share: caller.terms.share.clone(),
    };
    let jobs = &state.broker().jobs;
    let reserved = state.place_waiters().reserve(jobs, owner, patience).await;
    Ok(reserved?)
}
