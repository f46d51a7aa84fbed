//! Hints: work that a user may ask for soon.

use async_trait::async_trait;
use letscode_model::{Hint, UserId};

use crate::QueueError;

/// A bounded set of hints, one per user, handed out while the service is idle.
#[async_trait]
pub trait Hints: Send + Sync {
    /// Stores a hint in place of the same user's earlier one. At the bound it replaces the oldest.
    /// Hints take no room from jobs.
    async fn offer_hint(&self, hint: Hint) -> Result<(), QueueError>;

    /// Forgets the hint of a user that has not been handed out.
    async fn forget_hint(&self, user: &UserId) -> Result<(), QueueError>;

    /// Waits for a hint. Each is handed out once, and only while no job waits and a slot is free.
    /// Safe to cancel.
    async fn next_hint(&self) -> Result<Hint, QueueError>;
}
