use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Languages whose interpreters should wait in cells and do not, as they are at the moment.
#[derive(Clone)]
pub struct ColdInterpreters(Arc<dyn Fn() -> Vec<String> + Send + Sync>);

impl ColdInterpreters {
    pub fn new(ask: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Self {
        ColdInterpreters(Arc::new(ask))
    }

    pub(crate) fn now(&self) -> Vec<String> {
        (self.0)()
    }
}

impl fmt::Debug for ColdInterpreters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.now()).finish()
    }
}

/// The bounds of a server. The defaults suit one machine behind no proxy.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// HTTP connections open at once; further ones wait in the kernel's backlog. WebSockets
    /// are counted for themselves.
    pub max_connections: usize,
    /// From one request to the complete head of the next on the same connection.
    pub header_timeout: Duration,
    /// For a whole request body to arrive.
    pub body_timeout: Duration,
    /// How long a client may take nothing of an answer.
    pub write_timeout: Duration,
    /// Bytes of request bodies in memory at once, those of snippets that wait to be run included.
    pub body_budget_bytes: usize,
    /// How long `POST /api/submit?wait=true` waits for the verdict.
    pub judge_wait: Duration,
    /// How long `POST /api/test` waits for the report.
    pub snippet_wait: Duration,
    /// WebSockets open at once.
    pub max_sockets: usize,
    /// WebSockets open at once for one user.
    pub max_sockets_per_user: usize,
    /// How long one message to a WebSocket may take to be sent before the reader is dropped.
    pub socket_send_timeout: Duration,
    /// How often a WebSocket is pinged; one that was silent for twice as long is dropped.
    pub ping_interval: Duration,
    /// How long open requests and sockets may take to end after shutdown was asked for.
    pub drain_timeout: Duration,
    /// Whether drafts are compiled before they are submitted.
    pub compiles_drafts: bool,
    /// How much of what browsers are believed is judged by the server all the same; 0 to 1.
    pub client_recheck: f64,
    /// Layers of isolation that this installation runs without; shown in `/api/status`.
    pub degraded_layers: Vec<String>,
    /// Shown in `/api/status`.
    pub cold_interpreters: ColdInterpreters,
}

impl Default for ServerSettings {
    fn default() -> Self {
        ServerSettings {
            max_connections: 12_000,
            header_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            body_budget_bytes: 256 << 20,
            judge_wait: Duration::from_secs(300),
            snippet_wait: Duration::from_secs(120),
            max_sockets: 10_000,
            max_sockets_per_user: 100,
            socket_send_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(10),
            compiles_drafts: true,
            client_recheck: 0.1,
            degraded_layers: Vec::new(),
            cold_interpreters: ColdInterpreters::new(Vec::new),
        }
    }
}
