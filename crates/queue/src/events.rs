//! Streams of events, one per user.

use async_trait::async_trait;
use letscode_model::{Event, UserId};

use crate::{LeaseId, QueueError, Subscription};

/// Publishes events to users and lets readers follow them.
#[async_trait]
pub trait EventStream: Send + Sync {
    /// Appends an event to a user's stream and returns its number. A submission's final event is
    /// published once: publishing it again changes nothing and returns the number of the last event.
    async fn publish(&self, user: &UserId, event: Event) -> Result<u64, QueueError>;

    /// Appends an event to the stream of the leased job's user, as long as the lease is held and the
    /// job has no verdict yet; otherwise fails with [`QueueError::LeaseLost`]. So a worker whose job
    /// went to another can't interfere.
    async fn publish_for_lease(&self, lease: &LeaseId, event: Event) -> Result<u64, QueueError>;

    /// Forgets the events of a user's stream, which nobody can resume then.
    async fn forget_events(&self, user: &UserId) -> Result<(), QueueError>;

    /// Follows a user's stream from now on, or from just after the event numbered `after`.
    async fn subscribe(
        &self,
        user: &UserId,
        after: Option<u64>,
    ) -> Result<Subscription, QueueError>;
}
