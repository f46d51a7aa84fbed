use std::sync::Arc;
use std::time::Instant;

use letscode_queue::Queue;
use letscode_store::Store;
use tokio::sync::{Semaphore, watch};

use crate::Settings;
use crate::history::History;
use crate::ws::SocketLimits;

/// What every handler works with. Cheap to clone: all clones are the same server.
#[derive(Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    queue: Arc<dyn Queue>,
    settings: Settings,
    /// One permit per byte of request body that may be in memory.
    body_budget: Arc<Semaphore>,
    sockets: Arc<SocketLimits>,
    history: History,
    closing: watch::Sender<bool>,
    started: Instant,
}

impl AppState {
    pub fn new(store: Arc<dyn Store>, queue: Arc<dyn Queue>, settings: Settings) -> Self {
        let inner = Inner {
            store,
            queue,
            body_budget: Arc::new(Semaphore::new(settings.body_budget_bytes)),
            sockets: Arc::new(SocketLimits::new(&settings)),
            history: History::default(),
            settings,
            closing: watch::Sender::new(false),
            started: Instant::now(),
        };
        AppState {
            inner: Arc::new(inner),
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    pub(crate) fn queue(&self) -> &dyn Queue {
        &*self.inner.queue
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn body_budget(&self) -> &Arc<Semaphore> {
        &self.inner.body_budget
    }

    pub(crate) fn sockets(&self) -> &Arc<SocketLimits> {
        &self.inner.sockets
    }

    pub(crate) fn history(&self) -> &History {
        &self.inner.history
    }

    pub(crate) fn uptime_seconds(&self) -> u64 {
        self.inner.started.elapsed().as_secs()
    }

    /// Asks everything that waits or stays open to end.
    pub(crate) fn close(&self) {
        self.inner.closing.send_replace(true);
    }

    /// Returns once the server is asked to end.
    pub(crate) async fn closing(&self) {
        let mut closing = self.inner.closing.subscribe();
        // The sender lives in `self`, so this can't fail.
        let _ = closing.wait_for(|closing| *closing).await;
    }
}
