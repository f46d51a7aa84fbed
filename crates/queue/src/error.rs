/// Why the queue could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// As many jobs wait as may: come back later.
    #[error("the queue is full: {limit} jobs are waiting")]
    Full { limit: u32 },
    /// As many jobs of this user wait as may; those of others may still be taken.
    #[error("{limit} jobs of this user are waiting")]
    UserFull { limit: u32 },
    /// The lease was acknowledged, given back, or handed to somebody else.
    #[error("the lease is no longer held")]
    LeaseLost,
    #[error("the queue's address can't be read: {0}")]
    Address(String),
    /// The queue cannot be reached.
    #[error("the queue is unavailable: {0}")]
    Unavailable(String),
}
