//! Answers to requests that may be sent again.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::QueueError;

/// Remembers answers by the keys of their requests, for all processes on one broker: a request that is
/// sent again is done once, whichever server it reaches. Room and time are bounded.
#[async_trait]
pub trait AnswerMemory: Send + Sync {
    /// Returns the answer of a key, or the right to answer it. Waits while another request with the same
    /// key is being answered. Safe to cancel. `owner`: whose share of the room the answer takes; the
    /// owner's own oldest answers make room for it.
    async fn claim_answer(&self, owner: &str, key: &str) -> Result<AnswerClaim, QueueError>;
}

/// Result of [`AnswerMemory::claim_answer`].
pub enum AnswerClaim {
    Stored(Box<StoredAnswer>),
    Open(Box<dyn AnswerSlot>),
}

/// The right to answer a key, which one request has at a time. Dropping it lets the next one answer.
#[async_trait]
pub trait AnswerSlot: Send {
    /// Remembers the answer.
    async fn store(self: Box<Self>, answer: StoredAnswer) -> Result<(), QueueError>;
}

/// An HTTP answer, and the hash of the body that it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    pub request_hash: String,
    pub status: u16,
    pub content_type: Option<String>,
    pub location: Option<String>,
    pub body: String,
}

/// Size of all remembered answers together.
pub(crate) const MAX_ANSWER_BYTES: usize = 64 << 20;
/// Share of one owner.
pub(crate) const MAX_ANSWER_BYTES_OF_OWNER: usize = MAX_ANSWER_BYTES / 8;
pub(crate) const MAX_ANSWERS: usize = 200_000;
/// Time for which an answer is remembered.
pub(crate) const REMEMBERED_FOR: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
const OVERHEAD_BYTES: usize = 256;

impl StoredAnswer {
    /// Returns the size by which it is counted.
    pub(crate) fn size_bytes(&self) -> usize {
        OVERHEAD_BYTES + self.body.len()
    }
}
