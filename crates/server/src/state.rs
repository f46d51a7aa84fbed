use std::sync::Arc;
use std::time::Instant;

use letscode_queue::Broker;
use letscode_store::Store;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::ServerSettings;
use crate::habits::Habits;
use crate::history::History;
use crate::routes::hint::HintPace;
use crate::ws::SocketLimits;

/// What every handler works with. Cheap to clone: all clones are the same server.
#[derive(Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    broker: Broker,
    settings: ServerSettings,
    /// One permit per byte of request body that may be in memory.
    body_budget: Arc<Semaphore>,
    /// One permit per text that may be read at once.
    reading: Arc<Semaphore>,
    sockets: Arc<SocketLimits>,
    habits: Habits,
    hint_pace: HintPace,
    history: History,
    closing: watch::Sender<bool>,
    started: Instant,
}

impl AppState {
    pub fn new(store: Arc<dyn Store>, broker: Broker, settings: ServerSettings) -> Self {
        let inner = Inner {
            store,
            broker,
            body_budget: Arc::new(Semaphore::new(settings.body_budget_bytes)),
            reading: Arc::new(Semaphore::new(cores())),
            sockets: Arc::new(SocketLimits::new(&settings)),
            habits: Habits::default(),
            hint_pace: HintPace::default(),
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

    pub(crate) fn broker(&self) -> &Broker {
        &self.inner.broker
    }

    pub(crate) fn settings(&self) -> &ServerSettings {
        &self.inner.settings
    }

    pub(crate) fn body_budget(&self) -> &Arc<Semaphore> {
        &self.inner.body_budget
    }

    /// Returns when a text may be read. The semaphore is never closed, and without a turn reading is
    /// only less polite.
    pub(crate) async fn reading_turn(&self) -> Option<OwnedSemaphorePermit> {
        self.inner.reading.clone().acquire_owned().await.ok()
    }

    pub(crate) fn sockets(&self) -> &Arc<SocketLimits> {
        &self.inner.sockets
    }

    pub(crate) fn habits(&self) -> &Habits {
        &self.inner.habits
    }

    pub(crate) fn hint_pace(&self) -> &HintPace {
        &self.inner.hint_pace
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

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
