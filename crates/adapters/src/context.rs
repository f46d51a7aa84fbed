//! Everything that an adapter's handlers share, and the sender of a request.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use letscode_model::{KeyId, KeyQuota, LanguageInfo, RunReport, RunSpec, TurnTerms, UserId};

use crate::callback::CallbackSender;
use crate::problems::ProblemStore;
use crate::runner::{ProgramRunner, QueuePatience, RunCaller, RunError};

/// Settings of the adapters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdapterOptions {
    /// Secret that clients send in their service's own way. Without it nobody has to.
    pub key: Option<String>,
    /// Secret for what changes the service or lists other people's runs. Without it nobody may.
    pub admin_key: Option<String>,
    /// Judge0's texts are base64 unless a request says otherwise, as since its version 1.14.
    pub judge0_implicit_base64: bool,
}

/// State of all handlers of an adapter.
#[derive(Clone)]
pub struct AdapterContext {
    pub runner: Arc<dyn ProgramRunner>,
    pub options: Arc<AdapterOptions>,
    /// Absent where no callbacks are sent.
    pub callbacks: Option<Arc<dyn CallbackSender>>,
    /// Absent where no packages are taken.
    pub problems: Option<Arc<dyn ProblemStore>>,
}

impl AdapterContext {
    pub fn new(runner: Arc<dyn ProgramRunner>, options: AdapterOptions) -> Self {
        AdapterContext {
            runner,
            options: Arc::new(options),
            callbacks: None,
            problems: None,
        }
    }

    /// Runs a program to its end. Fails if the service could not carry it out.
    pub async fn run(&self, spec: RunSpec, caller: &RunCaller) -> Result<RunReport, RunError> {
        let report = self.runner.run(spec, caller).await?;
        match report.error {
            Some(error) => Err(RunError::Unavailable(error)),
            None => Ok(report),
        }
    }

    /// Returns the first language that `is_meant` accepts.
    pub async fn language(
        &self,
        is_meant: impl Fn(&LanguageInfo) -> bool + Send,
    ) -> Result<Option<LanguageInfo>, RunError> {
        let languages = self.runner.languages().await?;
        Ok(languages.into_iter().find(|language| is_meant(language)))
    }
}

/// Request extension: the client, as the server knows it. Its requests share a turn in the queue.
#[derive(Debug, Clone)]
pub struct RequestSender {
    pub user_id: UserId,
    pub terms: TurnTerms,
    /// The API key whose quota its runs count against.
    pub counted_key: Option<(KeyId, KeyQuota)>,
}

impl RequestSender {
    pub fn caller(self, patience: QueuePatience) -> RunCaller {
        RunCaller {
            user_id: self.user_id,
            terms: self.terms,
            counted_key: self.counted_key,
            patience,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestSender {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let sender = parts.extensions.get::<RequestSender>().cloned();
        Ok(sender.unwrap_or(RequestSender {
            user_id: UserId("anonymous".to_owned()),
            terms: TurnTerms::default(),
            counted_key: None,
        }))
    }
}
