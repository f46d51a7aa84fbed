//! HTTP and WebSocket.
//!
//! One submission passes through here as follows: [`router`] → `body` (bounded, parsed, with its
//! `caller`) → `admission` (is it fit to be judged?) → `routes::submit` (reserve a place in the
//! queue, store it, queue it) → the response. Its progress comes back through `ws` or
//! `GET /api/submission/:id`.
//!
//! Invariants, as absences:
//! - Never links the judge or the sandbox: the code that faces the Internet can't execute anything.
//! - Nothing is stored before everything about a request is checked: a refused request changes
//!   nothing.
//! - No response contains the details of an internal error. Source code is returned only to the
//!   user who submitted it.
//! - Nothing that a client sends or holds open is unbounded: bodies (each and together), the time
//!   to send them, connections, sockets, the answers and messages that wait for a slow reader.

mod accounts;
mod address_limit;
mod admin_token;
mod admission;
mod answer_budget;
mod audit_sender;
mod batch;
mod body;
mod callback;
mod caller;
mod client_result;
mod code_limits;
mod connection;
mod error;
mod error_response;
mod event_filter;
mod fair_permits;
mod file_body;
mod flag_reaction;
mod flags;
mod hashed_body;
mod headers;
mod hint_limiter;
mod idempotency;
mod key_quota;
mod load_history;
mod load_sampler;
mod manager;
mod memory_budget;
mod metrics;
mod network_policy;
mod oidc;
mod openapi;
mod ownership;
mod pacing;
mod page;
mod page_cache;
mod params;
mod peers;
mod predictor;
mod prewarm;
mod process_stats;
mod public_result;
mod query_names;
mod rate_limits;
mod refusal_delay;
mod right_checks;
mod router;
mod routes;
mod runs;
mod serve;
mod settings;
mod source_quota;
mod state;
mod strategy;
mod stream_rights;
mod transport;
mod untrusted_proxy;
mod uploads;
mod ws;

pub use accounts::{AuthMode, AuthSettings, InvalidPassword, Password, RegistrationMode};
pub use admin_token::AdminToken;
pub use callback::{CallbackKey, CallbackSettings};
pub use flag_reaction::FlagReaction;
pub use network_policy::{InvalidProxyNetwork, NetworkPolicy, ProxyNetwork};
pub use oidc::{InvalidOidcSettings, OidcSecret, OidcSettings};
pub use openapi::openapi;
pub use rate_limits::{RateClass, RateLimitSettings, RateRule, RateSubject};
pub use router::router;
pub use runs::ServerRunner;
pub use serve::{serve, serve_adapter, serve_probes};
pub use settings::{AdapterSettings, LanguageReporter, ServerSettings};
pub use state::AppState;
pub use uploads::{PackageImporter, PackageSettings};
