//! Adapters: other services' APIs on this server, under `/compat/NAME` or on an address of their own.
//!
//! Their requests are bounded and counted like the server's own, and refused in the shape of the
//! service that the client believes to talk to.

mod callbacks;
mod problems;
mod receive;
mod turns;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn_with_state, map_response};
use letscode_adapters::{AdapterContext, PeerService};
use tower_http::catch_panic::CatchPanicLayer;

use self::callbacks::PeerCallbacks;
use self::problems::PeerProblems;
use self::receive::PeerReceiver;
use self::turns::ReadingTurns;
use crate::runs::ServerRunner;
use crate::{AppState, answer_budget, headers, rate_limits};

/// Returns the path below which a service's routes are.
pub(crate) fn mount_path(service: PeerService) -> String {
    format!("/compat/{}", service.name())
}

/// Returns a service's routes at the root, with everything that a server does for its own routes but
/// metrics.
pub(crate) fn routes(service: PeerService, state: &AppState) -> Router {
    let options = state.settings().adapters.options.clone();
    let mut context = AdapterContext::new(Arc::new(ServerRunner::new(state.clone())), options);
    context.callbacks = Some(Arc::new(PeerCallbacks(state.clone())));
    context.problems = Some(Arc::new(PeerProblems(state.clone())));
    let receiver = PeerReceiver {
        state: state.clone(),
        service,
        turns: ReadingTurns::default(),
    };
    let panicked = move |_: Box<dyn std::any::Any + Send>| {
        tracing::error!(service = service.name(), "an adapter panicked");
        service.refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal error; it was logged",
        )
    };
    service
        .router(context)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(receiver, receive::receive))
        .layer(from_fn_with_state(
            (state.clone(), service),
            rate_limits::limit_adapter_rate,
        ))
        .layer(from_fn_with_state(
            state.clone(),
            answer_budget::count_every_answer,
        ))
        .layer(map_response(headers::harden))
}
