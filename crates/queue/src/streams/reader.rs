use std::sync::Arc;

use async_trait::async_trait;
use letscode_model::SystemStatus;
use tokio::sync::watch;

use super::ring::RingRead;
use super::user_stream::UserStream;
use crate::{EventReader, Lagged, StreamItem};

/// Reads one user's ring from a position of its own.
pub(crate) struct RingReader {
    stream: Arc<UserStream>,
    system: watch::Receiver<SystemStatus>,
    position: u64,
    /// Events were lost, and the reader does not know it yet.
    resync: bool,
}

impl RingReader {
    pub fn new(
        stream: Arc<UserStream>,
        mut system: watch::Receiver<SystemStatus>,
        after: Option<u64>,
    ) -> Self {
        system.mark_changed();
        let resync = after.is_some_and(|seq| matches!(stream.after(seq), RingRead::Lost));
        let position = after.filter(|_| !resync).unwrap_or_else(|| stream.newest());
        RingReader {
            stream,
            system,
            position,
            resync,
        }
    }

    /// Returns the next item if there is one already.
    fn poll_item(&mut self) -> Result<Option<StreamItem>, Lagged> {
        if std::mem::take(&mut self.resync) {
            return Ok(Some(StreamItem::Resync { seq: self.position }));
        }
        // Before the events: it changes seldom, and a busy stream would delay it for ever.
        if self.system.has_changed().unwrap_or(false) {
            let status = *self.system.borrow_and_update();
            let seq = self.position;
            return Ok(Some(StreamItem::System { seq, status }));
        }
        match self.stream.after(self.position) {
            RingRead::UpToDate => Ok(None),
            RingRead::Event(seq, event) => {
                self.position = seq;
                Ok(Some(StreamItem::Event { seq, event }))
            }
            RingRead::Lost => {
                self.position = self.stream.newest();
                self.resync = true;
                Err(Lagged)
            }
        }
    }
}

#[async_trait]
impl EventReader for RingReader {
    fn position(&self) -> u64 {
        self.position
    }

    async fn next(&mut self) -> Result<StreamItem, Lagged> {
        let stream = self.stream.clone();
        loop {
            // Register before reading, or an event that is appended in between wakes nobody.
            let mut appended = std::pin::pin!(stream.appended.notified());
            appended.as_mut().enable();
            if let Some(item) = self.poll_item()? {
                return Ok(item);
            }
            tokio::select! {
                () = &mut appended => {}
                Ok(()) = self.system.changed() => self.system.mark_changed(),
            }
        }
    }
}
