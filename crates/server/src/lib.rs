//! HTTP and WebSocket.
//!
//! One submission passes through here as follows: [`router`] → `body` (bounded, parsed) →
//! `admission` (is it fit to be judged?) → `routes::submit` (reserve a place, make it durable,
//! queue it) → the answer. What becomes of it comes back through `ws` or `GET /api/submission/:id`.
//!
//! Invariants, as absences:
//! - Never links the judge or the sandbox: the code that faces the Internet can't execute anything.
//! - Nothing is stored before everything about a request is checked: a refused request changes
//!   nothing.
//! - No answer holds the inner details of a fault, nor source code, but to whoever submitted it.
//! - Nothing that a stranger sends or holds open is unbounded: bodies (each and together), time to
//!   send them, connections, sockets, what a socket that does not read may pile up.

mod admission;
mod body;
mod error;
mod habits;
mod headers;
mod history;
mod metrics;
mod openapi;
mod outgoing;
mod page;
mod params;
mod problem;
mod router;
mod routes;
mod serve;
mod settings;
mod state;
mod ws;

pub use openapi::openapi;
pub use router::router;
pub use serve::{serve, serve_probes};
pub use settings::{ColdInterpreters, ServerSettings};
pub use state::AppState;
