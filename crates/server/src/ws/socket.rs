use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use letscode_model::UserId;
use letscode_queue::Subscription;
use tokio::time::{Instant, MissedTickBehavior, timeout};

use super::limits::SocketSlot;
use super::message::{ClientMessage, StreamMessage};
use crate::event_filter::EventFilter;
use crate::stream_rights::{RightWatch, StreamEnd};
use crate::{AppState, metrics};

/// Time for the close frame to be sent and the client to answer it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The reason for closing a socket.
#[derive(Debug, Clone, Copy)]
enum CloseReason {
    /// The client closed it, or the connection broke.
    Left,
    /// The client reads more slowly than its events arrive.
    TooSlow,
    /// The client did not answer pings.
    Silent,
    /// The client sent a binary message.
    Unsupported,
    /// The right to follow has ended.
    Ended(StreamEnd),
    /// The server shuts down.
    Shutdown,
    /// The queue failed.
    Internal,
}

impl CloseReason {
    fn close_frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            CloseReason::Left => return None,
            CloseReason::TooSlow => (close_code::AGAIN, "too slow: resume after the last seq"),
            CloseReason::Silent => (close_code::AWAY, "no answer to pings"),
            CloseReason::Unsupported => (close_code::UNSUPPORTED, "send text"),
            CloseReason::Ended(end) => (close_code::POLICY, end.reason()),
            CloseReason::Shutdown => (close_code::AWAY, "the server is going away"),
            CloseReason::Internal => (close_code::ERROR, "internal error"),
        };
        Some(CloseFrame {
            code,
            reason: reason.into(),
        })
    }

    fn label(self) -> &'static str {
        match self {
            CloseReason::Left => "left",
            CloseReason::TooSlow => "too_slow",
            CloseReason::Silent => "silent",
            CloseReason::Unsupported => "unsupported",
            CloseReason::Ended(StreamEnd::LoggedOut) => "logged_out",
            CloseReason::Ended(StreamEnd::NotAllowed) => "not_allowed",
            CloseReason::Shutdown => "shutdown",
            CloseReason::Internal => "fault",
        }
    }
}

/// Serves one socket until it closes. The slot is held for as long.
pub(super) async fn run(
    socket: WebSocket,
    state: AppState,
    user: UserId,
    right: RightWatch,
    (subscription, filter): (Subscription, EventFilter),
    _slot: SocketSlot,
) {
    let mut session = SocketSession {
        socket,
        user,
        right,
        subscription,
        filter,
        last_received: Instant::now(),
        state,
    };
    let Err(reason) = session.follow().await;
    metrics::socket_closed(reason.label());
    session.close(reason).await;
}

struct SocketSession {
    socket: WebSocket,
    state: AppState,
    user: UserId,
    right: RightWatch,
    subscription: Subscription,
    filter: EventFilter,
    last_received: Instant,
}

impl SocketSession {
    /// Forwards events until there is a reason to close the socket.
    async fn follow(&mut self) -> Result<std::convert::Infallible, CloseReason> {
        let state = self.state.clone();
        let mut closing = std::pin::pin!(state.closing());
        let mut pings = tokio::time::interval(state.settings().ping_interval);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        loop {
            tokio::select! {
                item = self.subscription.next() => {
                    let item = item.map_err(|_| CloseReason::TooSlow)?;
                    if !self.filter.accepts(&item) {
                        continue;
                    }
                    self.send(&StreamMessage::from_item(item)).await?;
                }
                incoming = self.socket.recv() => match incoming {
                    Some(Ok(message)) => self.receive(message).await?,
                    Some(Err(_)) | None => return Err(CloseReason::Left),
                },
                _ = pings.tick() => self.ping().await?,
                end = self.right.ended() => return Err(CloseReason::Ended(end)),
                () = &mut closing => return Err(CloseReason::Shutdown),
            }
        }
    }

    async fn receive(&mut self, message: Message) -> Result<(), CloseReason> {
        self.last_received = Instant::now();
        match message {
            Message::Text(text) => match letscode_json::read_json(text.as_bytes()) {
                Ok(ClientMessage::Resume { after }) => self.resume(after).await,
                Err(error) => {
                    let position = self.subscription.position();
                    self.send(&StreamMessage::invalid_message(position, &error))
                        .await
                }
            },
            Message::Binary(_) => Err(CloseReason::Unsupported),
            Message::Close(_) => Err(CloseReason::Left),
            // Pings are answered by the library.
            Message::Ping(_) | Message::Pong(_) => Ok(()),
        }
    }

    async fn resume(&mut self, after: u64) -> Result<(), CloseReason> {
        let resumed = self
            .state
            .broker()
            .events
            .subscribe(&self.user, Some(after))
            .await;
        self.subscription = resumed.map_err(|_| CloseReason::Internal)?;
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), CloseReason> {
        if self.last_received.elapsed() > self.state.settings().ping_interval * 2 {
            return Err(CloseReason::Silent);
        }
        self.transmit(Message::Ping(Default::default())).await
    }

    async fn send(&mut self, message: &StreamMessage) -> Result<(), CloseReason> {
        let text = serde_json::to_string(message).map_err(|_| CloseReason::Internal)?;
        self.transmit(Message::text(text)).await?;
        metrics::message_sent();
        Ok(())
    }

    async fn transmit(&mut self, message: Message) -> Result<(), CloseReason> {
        let limit = self.state.settings().socket_send_timeout;
        match timeout(limit, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(CloseReason::Left),
            Err(_) => Err(CloseReason::TooSlow),
        }
    }

    /// Sends the close frame and waits a moment for the client's answer: closing the connection with
    /// unread data in it would discard the close frame.
    async fn close(mut self, reason: CloseReason) {
        let handshake = async {
            if let Some(frame) = reason.close_frame() {
                let sent = self.socket.send(Message::Close(Some(frame))).await;
                if sent.is_err() {
                    return;
                }
            }
            while let Some(Ok(_)) = self.socket.recv().await {}
        };
        // An error means that the client does not answer.
        let _ = timeout(CLOSE_TIMEOUT, handshake).await;
    }
}
