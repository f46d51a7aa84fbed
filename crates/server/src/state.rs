use std::sync::Arc;
use std::time::Instant;

use letscode_queue::Broker;
use letscode_store::Store;
use tokio::sync::{Semaphore, watch};

use crate::ServerSettings;
use crate::address_limit::AddressLimit;
use crate::callback::CallbackSender;
use crate::code_limits::CodeLimits;
use crate::error::ApiError;
use crate::fair_permits::FairPermits;
use crate::hint_limiter::HintLimiter;
use crate::load_history::LoadHistory;
use crate::memory_budget::MemoryBudget;
use crate::oidc::OidcProvider;
use crate::pacing::Pacer;
use crate::page_cache::PageCache;
use crate::predictor::LanguagePredictor;
use crate::runs::places::PlaceWaiters;
use crate::source_quota::SourceQuota;
use crate::stream_rights::StreamRights;
use crate::untrusted_proxy::UntrustedProxy;
use crate::uploads::UploadSlots;
use crate::ws::SocketLimits;

/// Number of programs that may be analysed, or wait for it, for the clients at one address.
const ANALYSES_PER_ADDRESS: usize = 4;

/// Passwords that are hashed at once: each takes 19 MiB and a core.
const MAX_PASSWORD_HASHES: usize = 4;

/// State shared by all handlers. Cheap to clone: all clones are the same server.
#[derive(Clone)]
pub struct AppState {
    shared: Arc<SharedState>,
}

struct SharedState {
    store: Arc<dyn Store>,
    broker: Broker,
    settings: ServerSettings,
    /// One for each open HTTP connection of all listeners.
    connections: Arc<Semaphore>,
    body_budget: MemoryBudget,
    answer_budget: MemoryBudget,
    /// One permit per program that may be analysed at once.
    analyses: FairPermits,
    large_bodies: FairPermits,
    password_hashes: FairPermits,
    analyses_by_address: Arc<AddressLimit>,
    oidc: Option<OidcProvider>,
    page_cache: PageCache,
    pacer: Pacer,
    sockets: Arc<SocketLimits>,
    stream_rights: StreamRights,
    untrusted_proxy: UntrustedProxy,
    predictor: LanguagePredictor,
    hint_limiter: HintLimiter,
    source_quota: SourceQuota,
    code_limits: CodeLimits,
    load_history: LoadHistory,
    place_waiters: Arc<PlaceWaiters>,
    callbacks: CallbackSender,
    uploads: UploadSlots,
    closing: watch::Sender<bool>,
    started: Instant,
}

impl AppState {
    pub fn new(store: Arc<dyn Store>, broker: Broker, settings: ServerSettings) -> Self {
        let shared = SharedState {
            store,
            broker,
            connections: Arc::new(Semaphore::new(settings.max_connections)),
            body_budget: MemoryBudget::new(settings.body_budget_bytes),
            answer_budget: MemoryBudget::new(settings.answer_budget_bytes),
            oidc: settings.auth.oidc.clone().map(OidcProvider::new),
            page_cache: PageCache::default(),
            pacer: Pacer::new(cores()),
            analyses_by_address: AddressLimit::new(ANALYSES_PER_ADDRESS),
            // One core is left for everything else.
            analyses: FairPermits::new((cores() - 1).max(1)),
            large_bodies: FairPermits::new(1),
            password_hashes: FairPermits::new((cores() - 1).clamp(1, MAX_PASSWORD_HASHES)),
            sockets: Arc::new(SocketLimits::new(&settings)),
            stream_rights: StreamRights::default(),
            untrusted_proxy: UntrustedProxy::default(),
            predictor: LanguagePredictor::default(),
            hint_limiter: HintLimiter::default(),
            source_quota: SourceQuota::new(settings.max_source_bytes_per_address),
            code_limits: CodeLimits::default(),
            load_history: LoadHistory::default(),
            place_waiters: Arc::default(),
            callbacks: CallbackSender::new(&settings.callbacks),
            uploads: UploadSlots::default(),
            settings,
            closing: watch::Sender::new(false),
            started: Instant::now(),
        };
        AppState {
            shared: Arc::new(shared),
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.shared.store
    }

    pub(crate) fn broker(&self) -> &Broker {
        &self.shared.broker
    }

    pub(crate) fn settings(&self) -> &ServerSettings {
        &self.shared.settings
    }

    pub(crate) fn connections(&self) -> &Arc<Semaphore> {
        &self.shared.connections
    }

    pub(crate) fn body_budget(&self) -> &MemoryBudget {
        &self.shared.body_budget
    }

    pub(crate) fn answer_budget(&self) -> &MemoryBudget {
        &self.shared.answer_budget
    }

    pub(crate) fn page_cache(&self) -> &PageCache {
        &self.shared.page_cache
    }

    pub(crate) fn pacer(&self) -> &Pacer {
        &self.shared.pacer
    }

    /// Limits the programs that are analysed or wait for it, by the client's address.
    pub(crate) fn analyses_by_address(&self) -> &Arc<AddressLimit> {
        &self.shared.analyses_by_address
    }

    /// Permits to analyse a program.
    pub(crate) fn analyses(&self) -> &FairPermits {
        &self.shared.analyses
    }

    /// Permits to parse a large body.
    pub(crate) fn large_bodies(&self) -> &FairPermits {
        &self.shared.large_bodies
    }

    /// Permits to hash a password.
    pub(crate) fn password_hashes(&self) -> &FairPermits {
        &self.shared.password_hashes
    }

    /// The OpenID provider that people may log in at.
    pub(crate) fn oidc(&self) -> Result<&OidcProvider, ApiError> {
        self.shared.oidc.as_ref().ok_or(ApiError::NoProvider)
    }

    pub(crate) fn sockets(&self) -> &Arc<SocketLimits> {
        &self.shared.sockets
    }

    /// Rights of the streams that are open.
    pub(crate) fn stream_rights(&self) -> &StreamRights {
        &self.shared.stream_rights
    }

    pub(crate) fn untrusted_proxy(&self) -> &UntrustedProxy {
        &self.shared.untrusted_proxy
    }

    pub(crate) fn predictor(&self) -> &LanguagePredictor {
        &self.shared.predictor
    }

    pub(crate) fn hint_limiter(&self) -> &HintLimiter {
        &self.shared.hint_limiter
    }

    pub(crate) fn source_quota(&self) -> &SourceQuota {
        &self.shared.source_quota
    }

    pub(crate) fn code_limits(&self) -> &CodeLimits {
        &self.shared.code_limits
    }

    pub(crate) fn load_history(&self) -> &LoadHistory {
        &self.shared.load_history
    }

    /// Callers that wait for a place in a full queue.
    pub(crate) fn place_waiters(&self) -> &Arc<PlaceWaiters> {
        &self.shared.place_waiters
    }

    pub(crate) fn callbacks(&self) -> &CallbackSender {
        &self.shared.callbacks
    }

    /// Limits the packages that are worked on at the same time.
    pub(crate) fn uploads(&self) -> &UploadSlots {
        &self.shared.uploads
    }

    pub(crate) fn uptime_seconds(&self) -> u64 {
        self.shared.started.elapsed().as_secs()
    }

    /// Tells everything that waits or stays open to end.
    pub(crate) fn close(&self) {
        self.shared.closing.send_replace(true);
    }

    /// Returns once the server is told to end.
    pub(crate) async fn closing(&self) {
        let mut closing = self.shared.closing.subscribe();
        // The sender lives in `self`, so this can't fail.
        let _ = closing.wait_for(|closing| *closing).await;
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
