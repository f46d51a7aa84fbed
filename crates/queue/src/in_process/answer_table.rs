//! Answers in the memory of one process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::answers::{MAX_ANSWER_BYTES, REMEMBERED_FOR};
use crate::sync::lock;
use crate::{AnswerClaim, AnswerSlot, QueueError, StoredAnswer};

/// Answers by key, and the keys that are being answered.
pub(super) struct AnswerTable {
    answers: moka::sync::Cache<String, Arc<StoredAnswer>>,
    /// One lock for each key that somebody answers or waits for.
    in_progress: Mutex<HashMap<String, Arc<AsyncMutex<()>>>>,
}

impl Default for AnswerTable {
    fn default() -> Self {
        let weigh = |_: &String, answer: &Arc<StoredAnswer>| {
            u32::try_from(answer.size_bytes()).unwrap_or(u32::MAX)
        };
        let answers = moka::sync::Cache::builder().weigher(weigh);
        AnswerTable {
            answers: answers
                .max_capacity(MAX_ANSWER_BYTES as u64)
                .time_to_live(REMEMBERED_FOR)
                .build(),
            in_progress: Mutex::default(),
        }
    }
}

impl AnswerTable {
    pub async fn claim(self: &Arc<Self>, key: &str) -> AnswerClaim {
        let mut slot = TableSlot {
            table: self.clone(),
            key: key.to_owned(),
            lock: Some(self.lock_of(key)),
            guard: None,
        };
        if let Some(lock) = &slot.lock {
            slot.guard = Some(lock.clone().lock_owned().await);
        }
        match self.answers.get(key) {
            Some(answer) => AnswerClaim::Stored(Box::new((*answer).clone())),
            None => AnswerClaim::Open(Box::new(slot)),
        }
    }

    fn lock_of(&self, key: &str) -> Arc<AsyncMutex<()>> {
        let mut locks = lock(&self.in_progress);
        locks.entry(key.to_owned()).or_default().clone()
    }
}

/// Holds the lock of a key, or waits for it.
struct TableSlot {
    table: Arc<AnswerTable>,
    key: String,
    lock: Option<Arc<AsyncMutex<()>>>,
    guard: Option<OwnedMutexGuard<()>>,
}

#[async_trait]
impl AnswerSlot for TableSlot {
    async fn store(self: Box<Self>, answer: StoredAnswer) -> Result<(), QueueError> {
        let answers = &self.table.answers;
        answers.insert(self.key.clone(), Arc::new(answer));
        Ok(())
    }
}

impl Drop for TableSlot {
    fn drop(&mut self) {
        self.guard = None;
        self.lock = None;
        let mut locks = lock(&self.table.in_progress);
        // The table's is the last one: nobody else waits for it.
        if locks
            .get(&self.key)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            locks.remove(&self.key);
        }
    }
}
