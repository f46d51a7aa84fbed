//! The registry of workers.

use async_trait::async_trait;
use letscode_model::LanguageInfo;
use serde::{Deserialize, Serialize};

use crate::QueueError;

/// Workers and the languages that they support.
#[async_trait]
pub trait WorkerRegistry: Send + Sync {
    /// Registers a worker, or replaces what is registered of it.
    async fn announce(&self, worker: WorkerInfo) -> Result<(), QueueError>;

    /// Removes a worker. Its languages stay registered, so that work is accepted while workers
    /// restart.
    async fn withdraw(&self, worker_id: &str) -> Result<(), QueueError>;

    /// Returns the registered workers by id.
    async fn workers(&self) -> Result<Vec<WorkerInfo>, QueueError>;

    /// Returns every language that was ever announced, by id; available if any worker has it.
    async fn languages(&self) -> Result<Vec<LanguageInfo>, QueueError>;
}

/// A worker as it announces itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerInfo {
    /// Unique among the workers.
    pub id: String,
    pub languages: Vec<LanguageInfo>,
    /// Number of slots: jobs that it works on at once.
    pub capacity: u32,
}
