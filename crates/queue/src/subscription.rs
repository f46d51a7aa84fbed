use std::sync::Arc;

use async_trait::async_trait;
use letscode_model::{Event, SystemStatus};

/// One item that a [`Subscription`] yields. `seq` is the reader's position in the user's stream after
/// it: the number to resume after.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamItem {
    /// The next event of the user. `seq` is one more than before; more than that for a reader so far
    /// behind that superseded events were skipped.
    Event { seq: u64, event: Arc<Event> },
    /// The load of the service: once at the start and whenever it changes. Takes no number.
    System { seq: u64, status: SystemStatus },
    /// Events were lost: read the current state, then go on after `seq`.
    Resync { seq: u64 },
}

/// The reader was overtaken: the stream moved on by more than it remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reader is too slow: events were lost")]
pub struct Lagged;

/// Reads one user's stream: a backend's side of a [`Subscription`].
#[async_trait]
pub trait EventReader: Send {
    /// Returns the number of the last event that was read, or after which the reader began.
    fn position(&self) -> u64;

    /// Waits for the next item. Must be safe to cancel, and after [`Lagged`] must yield
    /// [`StreamItem::Resync`].
    async fn next(&mut self) -> Result<StreamItem, Lagged>;
}

/// One reader of one user's stream.
pub struct Subscription {
    reader: Box<dyn EventReader>,
}

impl Subscription {
    /// Wraps a backend's reader.
    pub fn new(reader: impl EventReader + 'static) -> Self {
        Subscription {
            reader: Box::new(reader),
        }
    }

    /// Returns the number of the last event that was read, or after which the reader began.
    pub fn position(&self) -> u64 {
        self.reader.position()
    }

    /// Waits for the next item. Safe to cancel. After [`Lagged`] the reader may go on: the next item
    /// is [`StreamItem::Resync`].
    pub async fn next(&mut self) -> Result<StreamItem, Lagged> {
        self.reader.next().await
    }
}
