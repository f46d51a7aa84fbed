//! Answers in the memory of one process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use async_trait::async_trait;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::room::{Room, RoomLimits, RoomValue};
use crate::answers::{MAX_ANSWER_BYTES, MAX_ANSWER_BYTES_OF_OWNER, MAX_ANSWERS, REMEMBERED_FOR};
use crate::sync::lock;
use crate::{AnswerClaim, AnswerSlot, QueueError, StoredAnswer};

const LIMITS: RoomLimits = RoomLimits {
    bytes: MAX_ANSWER_BYTES,
    bytes_of_owner: MAX_ANSWER_BYTES_OF_OWNER,
    count: MAX_ANSWERS,
};

/// Answers by key, and the keys that are being answered.
pub(super) struct AnswerTable {
    answers: Mutex<Room<String, StoredAnswer>>,
    /// One lock for each key that somebody answers or waits for.
    in_progress: Mutex<HashMap<String, Arc<AsyncMutex<()>>>>,
}

impl Default for AnswerTable {
    fn default() -> Self {
        AnswerTable {
            answers: Mutex::new(Room::new(LIMITS)),
            in_progress: Mutex::default(),
        }
    }
}

impl AnswerTable {
    pub async fn claim(self: &Arc<Self>, owner: &str, key: &str) -> AnswerClaim {
        let mut slot = TableSlot {
            table: self.clone(),
            owner: owner.to_owned(),
            key: key.to_owned(),
            lock: Some(self.lock_of(key)),
            guard: None,
        };
        if let Some(lock) = &slot.lock {
            slot.guard = Some(lock.clone().lock_owned().await);
        }
        let answer = lock(&self.answers).get(&slot.key, Instant::now()).cloned();
        match answer {
            Some(answer) => AnswerClaim::Stored(Box::new(answer)),
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
    owner: String,
    key: String,
    lock: Option<Arc<AsyncMutex<()>>>,
    guard: Option<OwnedMutexGuard<()>>,
}

#[async_trait]
impl AnswerSlot for TableSlot {
    async fn store(self: Box<Self>, answer: StoredAnswer) -> Result<(), QueueError> {
        let value = RoomValue {
            size: answer.size_bytes(),
            value: answer,
            keep_for: REMEMBERED_FOR,
        };
        let mut answers = lock(&self.table.answers);
        answers.keep(&self.owner, self.key.clone(), value, Instant::now());
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
