//! The stream of events over WebSocket.
//!
//! A socket is one task that reads its user's stream from where the socket stands. It keeps no
//! backlog: when the reader is slow the task waits in a send, and when it has waited too long, or
//! the stream has moved on past what it remembers, the socket is closed with 1013 ("try again
//! later"). The client resumes after the last `seq` it saw and is told if that is no longer known.

mod limits;
mod message;
mod socket;

use axum::extract::State;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::ApiError;
use crate::params::ApiQuery;
use crate::problem::Refusals;
use crate::{AppState, admission, habits, page};

pub(crate) use limits::SocketLimits;
pub(crate) use message::{ClientMessage, StreamMessage};

/// axum's default read buffer is 128 KiB for each socket; clients send next to nothing.
const READ_BUFFER_BYTES: usize = 4096;
/// The largest message that a client may send.
const MAX_MESSAGE_BYTES: usize = 4096;
/// What may wait inside a socket for the network; beyond it sending waits.
const MAX_WRITE_BUFFER_BYTES: usize = 64 * 1024;

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct StreamQuery {
    /// Whose events; `anonymous` when absent.
    #[param(example = "user-123")]
    user_id: Option<String>,
    /// Go on after the event with this `seq`, with nothing missed.
    after: Option<u64>,
}

/// Follow a user's events over WebSocket.
///
/// The server sends `StreamMessage`s; a client may send `ClientMessage`s. Also at `/`. Close code
/// 1013: the client reads too slowly; 1001: the server is going away. In both cases come back with
/// `after` set to the last `seq`.
#[utoipa::path(
    get, path = "/ws", operation_id = "followEvents", tag = "stream", params(StreamQuery),
    responses((status = 101, description = "Switching to WebSocket"), Refusals),
)]
pub(crate) async fn socket(
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<StreamQuery>,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let upgrade = upgrade.map_err(|error| ApiError::UpgradeRequired(error.to_string()))?;
    let user = admission::user(query.user_id.as_deref())?;
    let slot = state.sockets().clone().open(&user)?;
    let subscription = state.broker().events.subscribe(&user, query.after).await?;
    tokio::spawn(habits::welcome(state.clone(), user.clone()));
    Ok(upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| socket::run(socket, state, user, subscription, slot)))
}

/// `/`: the page for a browser, the stream for a WebSocket.
pub(crate) async fn page_or_socket(
    state: State<AppState>,
    headers: HeaderMap,
    query: Result<ApiQuery<StreamQuery>, ApiError>,
    upgrade: Upgrade,
) -> Response {
    if !headers.contains_key(header::SEC_WEBSOCKET_KEY) {
        return page::front(&headers);
    }
    match query {
        Ok(query) => socket(state, query, upgrade).await.into_response(),
        Err(error) => error.into_response(),
    }
}
