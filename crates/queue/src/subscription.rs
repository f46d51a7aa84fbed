use std::sync::Arc;

use letscode_model::{Event, SystemStatus};
use tokio::sync::watch;

use crate::events::UserStream;
use crate::ring::Found;

/// What a [`Subscription`] yields. `seq` is where the reader stands in the user's stream after it:
/// the number to resume after.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// The next event of the user. `seq` is one more than before, or more than that for a reader so
    /// far behind that events were left out which later ones make superfluous.
    Event { seq: u64, event: Arc<Event> },
    /// How busy the service is: once at the start and when it changes. Takes no number.
    System { seq: u64, status: SystemStatus },
    /// Events were lost: look the state up, then go on after `seq`.
    Resync { seq: u64 },
}

/// The reader was overtaken: the stream moved on by more than it remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reader is too slow: events were lost")]
pub struct Lagged;

/// One reader of one user's stream.
pub struct Subscription {
    stream: Arc<UserStream>,
    system: watch::Receiver<SystemStatus>,
    position: u64,
    /// The reader has to be told that events are missing before anything else.
    resync: bool,
}

impl Subscription {
    pub(crate) fn new(
        stream: Arc<UserStream>,
        mut system: watch::Receiver<SystemStatus>,
        after: Option<u64>,
    ) -> Self {
        system.mark_changed();
        let resync = after.is_some_and(|seq| matches!(stream.after(seq), Found::Lost));
        let position = after.filter(|_| !resync).unwrap_or_else(|| stream.newest());
        Subscription {
            stream,
            system,
            position,
            resync,
        }
    }

    /// Where the reader stands: the number of the last event it was given, or after which it began.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Waits for what comes next. Safe to cancel. After [`Lagged`] the reader may go on: it is
    /// given [`Delivery::Resync`] first.
    pub async fn next(&mut self) -> Result<Delivery, Lagged> {
        let stream = self.stream.clone();
        loop {
            // Register before looking: an event that comes in between must not be slept through.
            let mut grown = std::pin::pin!(stream.grown.notified());
            grown.as_mut().enable();
            if let Some(delivery) = self.ready()? {
                return Ok(delivery);
            }
            tokio::select! {
                () = &mut grown => {}
                Ok(()) = self.system.changed() => self.system.mark_changed(),
            }
        }
    }

    /// What is there already.
    fn ready(&mut self) -> Result<Option<Delivery>, Lagged> {
        if std::mem::take(&mut self.resync) {
            return Ok(Some(Delivery::Resync { seq: self.position }));
        }
        // Before the events: it comes seldom, and a busy stream would keep it away for ever.
        if self.system.has_changed().unwrap_or(false) {
            let status = *self.system.borrow_and_update();
            let seq = self.position;
            return Ok(Some(Delivery::System { seq, status }));
        }
        match self.stream.after(self.position) {
            Found::Nothing => Ok(None),
            Found::Event(seq, event) => {
                self.position = seq;
                Ok(Some(Delivery::Event { seq, event }))
            }
            Found::Lost => {
                self.position = self.stream.newest();
                self.resync = true;
                Err(Lagged)
            }
        }
    }
}
