use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use letscode_judge::Engine;
use letscode_model::{JobId, LanguageId, RunBounds};
use letscode_queue::{Broker, LeaseId, QueueError, WorkerInfo};
use letscode_store::{FlagRule, Store};

use crate::error::WorkerError;
use crate::packages::PackageCache;
use crate::retention::Retention;

/// Judges the jobs of a queue.
#[derive(Clone)]
pub struct Worker {
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) broker: Broker,
    pub(crate) packages: PackageCache,
    pub(crate) id: String,
    /// Number of main slots.
    pub(crate) capacity: u32,
    /// Number of slots beyond those, for addresses that have nothing running.
    pub(crate) reserve: u32,
    /// Versions of the toolchains, once they are known.
    versions: Arc<OnceLock<BTreeMap<LanguageId, String>>>,
    pub(crate) retention: Retention,
    pub(crate) flag_rule: FlagRule,
    /// The operator's bounds of ad-hoc runs.
    pub(crate) run_bounds: Arc<RunBounds>,
}

impl Worker {
    /// `capacity` is the number of main slots; more than there are cores makes measured times worse and
    /// nothing faster.
    pub fn new(engine: Arc<Engine>, store: Arc<dyn Store>, broker: Broker, capacity: u32) -> Self {
        Worker {
            engine,
            store,
            broker,
            packages: PackageCache::default(),
            // Random, for other machines have workers as well, and the same process ids.
            id: format!("worker-{}", JobId::random().0),
            capacity: capacity.max(1),
            reserve: 0,
            versions: Arc::default(),
            retention: Retention::default(),
            flag_rule: FlagRule::default(),
            run_bounds: Arc::default(),
        }
    }

    /// Adds slots that only take jobs of addresses that have nothing running, while all others are
    /// busy.
    pub fn with_reserve(mut self, slots: u32) -> Self {
        self.reserve = slots;
        self
    }

    /// Sets how long things are kept.
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets how many violations flag a user, and for how long.
    pub fn with_flag_rule(mut self, rule: FlagRule) -> Self {
        self.flag_rule = rule;
        self
    }

    /// Sets the bounds of ad-hoc runs.
    pub fn with_run_bounds(mut self, bounds: RunBounds) -> Self {
        self.run_bounds = Arc::new(bounds);
        self
    }

    /// Announces this worker's languages to the queue.
    pub async fn prepare(&self) -> Result<(), WorkerError> {
        let engine = self.engine.clone();
        let languages = tokio::task::spawn_blocking(move || engine.toolchains().probe()).await?;
        for language in &languages {
            tracing::info!(language = %language.id, version = language.version, status = ?language.status);
        }
        let versions = languages.iter();
        let versions = versions.map(|language| (language.id.clone(), language.version.clone()));
        let _ = self.versions.set(versions.collect());
        let info = WorkerInfo {
            id: self.id.clone(),
            languages,
            capacity: self.capacity,
        };
        Ok(self.broker.workers.announce(info).await?)
    }

    /// Returns the version of a language's toolchain, for people.
    pub(crate) fn version_of(&self, language: &LanguageId) -> &str {
        let version = self
            .versions
            .get()
            .and_then(|versions| versions.get(language));
        version.map_or("unknown version", String::as_str)
    }

    /// Tells the queue that a job is done. A failure only means that the job is delivered again: the
    /// store has its result.
    pub(crate) async fn acknowledge(&self, lease: LeaseId) {
        log_return(self.broker.jobs.ack(lease).await);
    }
}

/// Logs a job that could not be returned to the queue.
pub(crate) fn log_return(returned: Result<(), QueueError>) {
    match returned {
        // The store knows which worker was first; nothing is lost.
        Err(QueueError::LeaseLost) => tracing::warn!("another worker has the job by now"),
        Err(error) => tracing::error!(%error, "a job could not be returned to the queue"),
        Ok(()) => {}
    }
}
