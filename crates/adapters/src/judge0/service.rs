//! Accepts submissions, waits for them and reads them back.

use std::time::Duration;

use letscode_model::{JobId, KeptRun, LanguageInfo, UserId};
use serde_json::Value;

use super::body::SubmissionBody;
use super::config::JudgeConfig;
use super::fields::{FieldSelection, NotConvertible};
use super::languages;
use super::mistakes::FieldMistakes;
use super::records::{KEEP_FOR, RecordStore, SubmissionRecord};
use super::result::JudgeResult;
use super::submission::{field_of, run_spec};
use crate::context::AdapterContext;
use crate::runner::{KeepOptions, RunCaller, RunError};

/// Shortest and longest pause between two looks at a run.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// State of Judge0's handlers.
#[derive(Clone)]
pub(super) struct JudgeService {
    pub context: AdapterContext,
    records: RecordStore,
}

/// A submission that was not accepted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SubmissionRefusal {
    Mistakes(FieldMistakes),
    Failed(RunError),
}

impl From<FieldMistakes> for SubmissionRefusal {
    fn from(mistakes: FieldMistakes) -> Self {
        SubmissionRefusal::Mistakes(mistakes)
    }
}

impl From<RunError> for SubmissionRefusal {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Invalid(mistake) => {
                FieldMistakes::of(field_of(&mistake), mistake.reason).into()
            }
            RunError::UnknownLanguage { .. } | RunError::LanguageUnavailable { .. } => {
                FieldMistakes::of("language_id", error.to_string()).into()
            }
            error => SubmissionRefusal::Failed(error),
        }
    }
}

impl JudgeService {
    pub fn new(context: AdapterContext) -> Self {
        JudgeService {
            context,
            records: RecordStore::default(),
        }
    }

    pub fn config(&self) -> JudgeConfig {
        JudgeConfig::new(
            self.context.runner.bounds(),
            self.context.options.judge0_implicit_base64,
            self.context.callbacks.is_some(),
        )
    }

    /// Accepts a submission and returns its token.
    pub async fn submit(
        &self,
        body: SubmissionBody,
        is_base64: bool,
        available: &[LanguageInfo],
        caller: &RunCaller,
    ) -> Result<JobId, SubmissionRefusal> {
        let config = self.config();
        let body = body.check(&config, available, is_base64)?;
        if let (Some(url), Some(callbacks)) = (&body.callback_url, &self.context.callbacks) {
            callbacks
                .check(url)
                .await
                .map_err(|reason| FieldMistakes::of("callback_url", reason))?;
        }
        let language = languages::find(available, body.language.id).ok_or_else(|| {
            let reason = format!("language with id {} doesn't exist", body.language.id);
            FieldMistakes::of("language_id", reason)
        })?;
        let runner = &self.context.runner;
        let spec = run_spec(&body, language, &config, runner.bounds())?;
        let longest = Duration::from_millis(runner.bounds().max_keep_for);
        let options = KeepOptions {
            keep_for: Some(KEEP_FOR.min(longest)),
            ..KeepOptions::default()
        };
        let token = runner.start(spec, caller, options).await?;
        let callback_url = body.callback_url.clone();
        self.records.insert(token, body);
        if let Some(url) = callback_url {
            let service = self.clone();
            let owner = caller.user_id.clone();
            tokio::spawn(async move { service.call_back(token, &owner, &url).await });
        }
        Ok(token)
    }

    /// Waits for the end of a run.
    pub async fn finished(&self, token: JobId, owner: &UserId) -> Result<KeptRun, RunError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let run = self.context.runner.kept_run(token, owner).await?;
            if run.status.is_final() {
                return Ok(run);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    /// Returns a submission with the fields that are wanted.
    pub fn describe(
        &self,
        run: &KeptRun,
        selection: &FieldSelection,
    ) -> Result<Value, NotConvertible> {
        let record = self.records.get(run.id);
        let merges = |record: &SubmissionRecord| record.body.redirect_stderr_to_stdout;
        let result = JudgeResult::of_run(run, record.as_ref().is_some_and(merges));
        let finished_at = result
            .is_final()
            .then(|| self.records.finish(run.id))
            .flatten();
        let record = record.map(|record| SubmissionRecord {
            finished_at,
            ..record
        });
        selection.submission(run.id, &result, record.as_ref())
    }

    async fn call_back(&self, token: JobId, owner: &UserId, url: &str) {
        let Some(callbacks) = &self.context.callbacks else {
            return;
        };
        let selection = FieldSelection::default_fields(true);
        match self.finished(token, owner).await {
            Ok(run) => {
                // Base64 can spell everything.
                if let Ok(submission) = self.describe(&run, &selection) {
                    callbacks.put_json(url, submission.to_string()).await;
                }
            }
            Err(error) => tracing::warn!(%token, %error, "no callback for a submission"),
        }
    }
}
