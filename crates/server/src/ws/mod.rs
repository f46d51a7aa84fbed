//! The stream of events over WebSocket.
//!
//! Each socket is one task that reads its user's stream from the socket's position. It has no
//! backlog: with a slow reader the task waits in a send, and when that takes too long, or the events
//! at its position are no longer available, the socket is closed with 1013 ("try again later"). The
//! client resumes after the last `seq` it received, and gets a `resync` message if events were lost.

mod limits;
mod message;
mod socket;

use axum::extract::State;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use letscode_model::{KeyScope, SubmissionId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::caller::Caller;
use crate::error::ApiError;
use crate::error_response::ErrorResponses;
use crate::event_filter::{EventFilter, EventKinds};
use crate::params::ApiQuery;
use crate::right_checks::{self, StreamRight};
use crate::{AppState, ownership, page, prewarm};

pub(crate) use limits::{SocketLimits, SocketSlot};
pub(crate) use message::{ClientMessage, StreamMessage};

/// Read buffer of a socket. axum's default is 128 KiB; clients send next to nothing.
const READ_BUFFER_BYTES: usize = 4096;
/// The largest message that a client may send.
const MAX_MESSAGE_BYTES: usize = 4096;
/// Unsent data of a socket, beyond which sending waits.
const MAX_WRITE_BUFFER_BYTES: usize = 64 * 1024;
/// The subprotocol that is accepted if the client offers it. Browsers that send a secret as another
/// one offer it, since the server must accept one and must not repeat the secret.
const PROTOCOL: &str = "letscode";

type UpgradeResult = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct StreamQuery {
    /// Continue after the event with this `seq`, with nothing missed.
    after: Option<u64>,
    /// Follow this submission alone, if the caller may see it.
    #[param(value_type = Option<String>, format = Uuid)]
    submission_id: Option<String>,
    /// `final` for verdicts alone; `all` by default.
    events: Option<EventKinds>,
    /// With `submissionId`: secret of a link that the submission's user made.
    link: Option<String>,
}

/// Follow a user's events over WebSocket.
///
/// The server sends `StreamMessage`s; a client may send `ClientMessage`s. Also at `/`. Close code
/// 1013: the client reads too slowly; 1001: the server is going away. In both cases reconnect with
/// `after` set to the last `seq`. 1008: the session, the key, the link or the right that the stream was
/// opened with has ended; that is looked at every ten seconds.
#[utoipa::path(
    get, path = "/ws", operation_id = "followEvents", tag = "stream",
    params(
        ("userId" = Option<String>, Query, example = "user-123",
            description = "The user whose events are sent; `anonymous` when absent. Users with a secret send it in a header or, from a browser, as the subprotocol `letscode.secret.SECRET` beside `letscode`."),
        StreamQuery,
    ),
    responses((status = 101, description = "Switching to WebSocket"), ErrorResponses),
)]
pub(crate) async fn socket(
    State(state): State<AppState>,
    headers: HeaderMap,
    caller: Caller,
    ApiQuery(query): ApiQuery<StreamQuery>,
    upgrade: UpgradeResult,
) -> Result<Response, ApiError> {
    // Browsers let every page open a WebSocket to every server.
    if !state.settings().network.accepts_origin(&headers) {
        return Err(ApiError::ForeignOrigin);
    }
    if query.submission_id.is_none() {
        caller.require(KeyScope::Read)?;
    }
    let filter = EventFilter {
        kinds: query.events.unwrap_or_default(),
        submission: query.submission_id.as_deref().map(parse_id).transpose()?,
    };
    let user = match filter.submission {
        None => caller.user_id().clone(),
        Some(id) => {
            let link = query.link.as_deref();
            let submission = ownership::visible_submission(&state, &caller, id, link).await?;
            submission.user_id
        }
    };
    let upgrade = upgrade.map_err(|error| ApiError::UpgradeRequired(error.to_string()))?;
    let slot = state.sockets().clone().open(&caller);
    let slot = slot.inspect_err(|error| tracing::debug!(%caller, %error, "socket refused"))?;
    let subscription = state.broker().events.subscribe(&user, query.after).await?;
    let right = StreamRight {
        submission: filter.submission.map(|id| (id, query.link.clone())),
        caller,
    };
    let right = right_checks::watch(&state, right);
    if filter.submission.is_none() {
        tokio::spawn(prewarm::hint_next_language(state.clone(), user.clone()));
    }
    Ok(upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| {
            socket::run(socket, state, user, right, (subscription, filter), slot)
        }))
}

fn parse_id(text: &str) -> Result<SubmissionId, ApiError> {
    text.parse().map_err(|_| ApiError::InvalidSubmissionId)
}

/// `/`: the page for a browser, the stream for a WebSocket.
pub(crate) async fn page_or_socket(
    state: State<AppState>,
    headers: HeaderMap,
    caller: Result<Caller, ApiError>,
    query: Result<ApiQuery<StreamQuery>, ApiError>,
    upgrade: UpgradeResult,
) -> Response {
    if !headers.contains_key(header::SEC_WEBSOCKET_KEY) {
        return page::front(&headers);
    }
    match (caller, query) {
        (Ok(caller), Ok(query)) => socket(state, headers, caller, query, upgrade)
            .await
            .into_response(),
        (Err(error), _) | (_, Err(error)) => error.into_response(),
    }
}
