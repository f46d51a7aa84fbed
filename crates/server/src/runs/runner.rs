use std::time::Duration;

use async_trait::async_trait;
use letscode_adapters::{KeepOptions, ProgramRunner, RunCaller, RunError};
use letscode_model::{JobId, KeptRun, LanguageInfo, RunBounds, RunReport, RunSpec, UserId};

use super::{accept, keep};
use crate::error::ApiError;
use crate::{AppState, AuthMode};

/// Time after which a client that was refused for load may try again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Runs programs for adapters, by the same way as `POST /api/run`.
#[derive(Clone)]
pub struct ServerRunner(AppState);

impl ServerRunner {
    pub fn new(state: AppState) -> Self {
        ServerRunner(state)
    }
}

#[async_trait]
impl ProgramRunner for ServerRunner {
    async fn run(&self, spec: RunSpec, caller: &RunCaller) -> Result<RunReport, RunError> {
        let queued = accept::queue(&self.0, spec, caller).await?;
        let report = queued.report(&self.0, self.0.settings().run_wait).await?;
        match report.error {
            // Nothing was run, and adapters have no word for that.
            Some(reason) if report.runs.is_empty() => Err(RunError::Unavailable(reason)),
            _ => Ok(report),
        }
    }

    async fn start(
        &self,
        spec: RunSpec,
        caller: &RunCaller,
        options: KeepOptions,
    ) -> Result<JobId, RunError> {
        keep::check_options(&self.0, &options).await?;
        // The run goes on without its request, whose body is counted no more.
        let budget = self.0.body_budget();
        let permit = budget.take(caller.terms.address, spec.size_bytes());
        let busy = ApiError::Overloaded("too many large requests at once; try again later");
        let permit = permit.ok_or(busy)?;
        let queued = accept::queue(&self.0, spec, caller).await?;
        let id = queued.id;
        keep::follow(&self.0, queued, caller, options, Some(permit)).await?;
        Ok(id)
    }

    async fn kept_run(&self, id: JobId, owner: &UserId) -> Result<KeptRun, RunError> {
        let is_open = self.0.settings().auth.mode == AuthMode::Open;
        let kept = keep::get(&self.0, id).await?;
        if !is_open && kept.owner != *owner {
            return Err(RunError::UnknownRun);
        }
        Ok(kept.run)
    }

    async fn languages(&self) -> Result<Vec<LanguageInfo>, RunError> {
        let languages = self.0.broker().workers.languages().await;
        Ok(languages.map_err(ApiError::from)?)
    }

    fn bounds(&self) -> &RunBounds {
        &self.0.settings().run_bounds
    }
}

impl From<ApiError> for RunError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::InvalidField(error) => RunError::Invalid(error),
            ApiError::UnknownLanguage {
                language,
                available,
            } => RunError::UnknownLanguage {
                language,
                available,
            },
            ApiError::LanguageUnavailable { name, reason } => {
                RunError::LanguageUnavailable { name, reason }
            }
            ApiError::RunNotFound => RunError::UnknownRun,
            ApiError::RunCancelled => RunError::Cancelled,
            ApiError::QueueFull { .. }
            | ApiError::UserQueueFull { .. }
            | ApiError::AddressQueueFull { .. }
            | ApiError::AccountFlagged { .. }
            | ApiError::Overloaded(_) => RunError::Busy {
                reason: error.to_string(),
                retry_after: RETRY_AFTER,
            },
            ApiError::QuotaUsedUp { seconds, .. } => RunError::Busy {
                reason: error.to_string(),
                retry_after: Duration::from_secs(seconds),
            },
            error => RunError::Unavailable(error.to_string()),
        }
    }
}
