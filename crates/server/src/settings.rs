use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use letscode_adapters::{AdapterOptions, PeerService};
use letscode_model::{LimitCaps, RunBounds, WatchMode};

use crate::{
    AuthSettings, CallbackSettings, FlagReaction, NetworkPolicy, PackageSettings, RateLimitSettings,
};

/// A person at a page never has more, and a class still shares a large worker.
const MAX_RUNNING_PER_USER: NonZeroU32 = NonZeroU32::new(4).expect("4 is not 0");

/// Reports languages with something that should be otherwise, as it is now.
#[derive(Clone)]
pub struct LanguageReporter(Arc<dyn Fn() -> Vec<String> + Send + Sync>);

impl LanguageReporter {
    pub fn new(list: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Self {
        LanguageReporter(Arc::new(list))
    }

    pub(crate) fn current(&self) -> Vec<String> {
        (self.0)()
    }
}

impl fmt::Debug for LanguageReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.current()).finish()
    }
}

/// APIs of other services that a server answers as well.
#[derive(Debug, Clone, Default)]
pub struct AdapterSettings {
    /// Services that are answered below `/compat/`.
    pub mounted: Vec<PeerService>,
    pub options: AdapterOptions,
}

/// The bounds of a server. The defaults suit one machine behind no proxy.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Maximum number of open HTTP connections; further ones wait in the kernel's backlog.
    /// WebSockets are counted separately.
    pub max_connections: usize,
    /// Time from one request to the complete head of the next on the same connection.
    pub header_timeout: Duration,
    /// Time for a whole request body to arrive.
    pub body_timeout: Duration,
    /// Longest time without progress while a response is sent.
    pub write_timeout: Duration,
    /// Time after which a request that was too much is told so.
    pub refusal_delay: Duration,
    /// Time until the rate at which a body arrives matters.
    pub body_grace: Duration,
    /// Least number of bytes of a body that must arrive in a second.
    pub body_bytes_a_second: usize,
    /// Memory for all request bodies together, in bytes, including snippets that wait to be run. A
    /// quarter is for small ones, and one address may hold an eighth.
    pub body_budget_bytes: usize,
    /// Memory for all large answers together, in bytes, until they are written; shared as for bodies.
    pub answer_budget_bytes: usize,
    /// Longest wait of `POST /api/submit?wait=true` for the verdict.
    pub judge_wait: Duration,
    /// Longest wait of `POST /api/test` for the report.
    pub snippet_wait: Duration,
    /// Longest time from `POST /api/run` to its report, the wait in the queue included.
    pub run_wait: Duration,
    /// Limits of ad-hoc runs, and what they may ask for.
    pub run_bounds: RunBounds,
    /// Limits that no program exceeds, whatever its package says.
    pub caps: LimitCaps,
    /// Signature and reach of callbacks.
    pub callbacks: CallbackSettings,
    /// Access to the service.
    pub auth: AuthSettings,
    /// Problems that are sent to the service.
    pub packages: PackageSettings,
    /// APIs of other services.
    pub adapters: AdapterSettings,
    /// Reaction to jobs of clients who are flagged.
    pub on_flag: FlagReaction,
    /// Maximum number of open WebSockets.
    pub max_sockets: usize,
    /// Maximum number of open WebSockets of one user.
    pub max_sockets_per_user: usize,
    /// Jobs of one user that run at a time, where requests prove who the user is.
    pub max_running_per_user: NonZeroU32,
    /// Maximum number of open WebSockets from one address.
    pub max_sockets_per_address: usize,
    /// Bytes of source code that one address may have stored in a day, at this server.
    pub max_source_bytes_per_address: u64,
    /// Hosts, origins and proxies.
    pub network: NetworkPolicy,
    /// Rate limits of requests.
    pub rate_limits: RateLimitSettings,
    /// Time for one message to a WebSocket to be sent, after which the socket is closed.
    pub socket_send_timeout: Duration,
    /// Time between pings to a WebSocket; one that is silent for twice as long is closed.
    pub ping_interval: Duration,
    /// Time between two looks whether an open stream may go on.
    pub right_interval: Duration,
    /// Time for open requests and sockets to end after a shutdown was requested.
    pub drain_timeout: Duration,
    /// True if drafts are compiled before they are submitted.
    pub compiles_drafts: bool,
    /// Share of the trusted client results that the server judges anyway; 0 to 1.
    pub client_recheck: f64,
    /// Layers of isolation that are missing on this machine; shown in `/api/status`.
    pub degraded_layers: Vec<String>,
    /// Supervision of programs by this process's own worker, if it has one.
    pub watch: Option<WatchMode>,
    /// Languages that run without a warm interpreter although they should have one; shown in
    /// `/api/status`.
    pub cold_interpreters: LanguageReporter,
    /// Languages that are compiled slower than they should be; shown in `/api/status`.
    pub slow_compilers: LanguageReporter,
}

impl Default for ServerSettings {
    fn default() -> Self {
        ServerSettings {
            max_connections: 12_000,
            header_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            refusal_delay: Duration::from_millis(250),
            body_grace: Duration::from_secs(5),
            body_bytes_a_second: 1024,
            body_budget_bytes: 256 << 20,
            answer_budget_bytes: 256 << 20,
            judge_wait: Duration::from_secs(300),
            snippet_wait: Duration::from_secs(120),
            run_wait: Duration::from_secs(900),
            run_bounds: RunBounds::default(),
            caps: LimitCaps::default(),
            callbacks: CallbackSettings::default(),
            auth: AuthSettings::default(),
            packages: PackageSettings::default(),
            adapters: AdapterSettings::default(),
            on_flag: FlagReaction::default(),
            max_sockets: 10_000,
            max_sockets_per_user: 100,
            max_running_per_user: MAX_RUNNING_PER_USER,
            max_sockets_per_address: 500,
            max_source_bytes_per_address: 256 << 20,
            network: NetworkPolicy::default(),
            rate_limits: RateLimitSettings::default(),
            socket_send_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(30),
            right_interval: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(10),
            compiles_drafts: true,
            client_recheck: 0.1,
            degraded_layers: Vec::new(),
            watch: None,
            cold_interpreters: LanguageReporter::new(Vec::new),
            slow_compilers: LanguageReporter::new(Vec::new),
        }
    }
}
