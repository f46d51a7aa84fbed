/// An error of a broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// The queue is at its bound; there may be room later.
    #[error("the queue is full: {limit} jobs are waiting")]
    Full { limit: u32 },
    /// This user is at the bound; jobs of others may still be accepted.
    #[error("{limit} jobs of this user are waiting")]
    UserFull { limit: u32 },
    /// This client's share is at the bound; jobs of others may still be accepted.
    #[error("{limit} jobs from this address or key are waiting")]
    ShareFull { limit: u32 },
    /// The lease was ended: acknowledged, released, or timed out and given to another worker.
    #[error("the lease is no longer held")]
    LeaseLost,
    #[error("invalid queue address: {0}")]
    Address(String),
    /// The broker can't be reached.
    #[error("the queue is unavailable: {0}")]
    Unavailable(String),
}
