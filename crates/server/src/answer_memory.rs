//! Answers that are remembered for requests that are sent again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode};
use blake3::Hash;

/// Time for which an answer is remembered.
const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 3600);
/// Size of all remembered answers together.
const MAX_BYTES: u64 = 64 << 20;
const OVERHEAD_BYTES: usize = 256;

/// Answers to requests with a key, and the requests that are being answered.
pub(crate) struct AnswerMemory {
    pub answers: moka::sync::Cache<Hash, Arc<StoredAnswer>>,
    /// One lock for each key that somebody waits for.
    in_progress: Mutex<HashMap<Hash, Arc<tokio::sync::Mutex<()>>>>,
}

pub(crate) struct StoredAnswer {
    pub body_hash: Hash,
    pub status: StatusCode,
    pub content_type: Option<HeaderValue>,
    pub location: Option<HeaderValue>,
    pub bytes: Bytes,
}

impl Default for AnswerMemory {
    fn default() -> Self {
        let weigh = |_: &Hash, answer: &Arc<StoredAnswer>| {
            u32::try_from(answer.bytes.len() + OVERHEAD_BYTES).unwrap_or(u32::MAX)
        };
        let answers = moka::sync::Cache::builder().weigher(weigh);
        AnswerMemory {
            answers: answers
                .max_capacity(MAX_BYTES)
                .time_to_live(REMEMBERED_FOR)
                .build(),
            in_progress: Mutex::default(),
        }
    }
}

impl AnswerMemory {
    /// Returns the lock of a key: who has it answers.
    pub fn lock_of(&self, key: Hash) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self
            .in_progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        locks.entry(key).or_default().clone()
    }

    /// Removes the lock of a key, unless another request waits for it.
    pub fn release(&self, key: Hash, lock: Arc<tokio::sync::Mutex<()>>) {
        let mut locks = self
            .in_progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The table's and this one.
        if Arc::strong_count(&lock) == 2 {
            locks.remove(&key);
        }
    }
}
