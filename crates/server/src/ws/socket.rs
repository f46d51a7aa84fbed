use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use letscode_model::UserId;
use letscode_queue::Subscription;
use tokio::time::{Instant, MissedTickBehavior, timeout};

use super::limits::SocketSlot;
use super::message::{ClientMessage, StreamMessage};
use crate::{AppState, metrics};

/// For the close frame to go out and the client to answer it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a socket ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The client closed it, or the connection broke.
    Left,
    /// The client does not read as fast as its events come.
    TooSlow,
    /// The client has not even answered pings.
    Silent,
    /// The client sent what it must not.
    Unsupported,
    /// The server is asked to end.
    Shutdown,
    /// The queue failed.
    Fault,
}

impl End {
    fn close_frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            End::Left => return None,
            End::TooSlow => (close_code::AGAIN, "too slow: resume after the last seq"),
            End::Silent => (close_code::AWAY, "no answer to pings"),
            End::Unsupported => (close_code::UNSUPPORTED, "send text"),
            End::Shutdown => (close_code::AWAY, "the server is going away"),
            End::Fault => (close_code::ERROR, "a fault of ours"),
        };
        Some(CloseFrame {
            code,
            reason: reason.into(),
        })
    }

    fn label(self) -> &'static str {
        match self {
            End::Left => "left",
            End::TooSlow => "too_slow",
            End::Silent => "silent",
            End::Unsupported => "unsupported",
            End::Shutdown => "shutdown",
            End::Fault => "fault",
        }
    }
}

/// Serves one socket to its end. The slot is held for as long.
pub(super) async fn run(
    socket: WebSocket,
    state: AppState,
    user: UserId,
    subscription: Subscription,
    _slot: SocketSlot,
) {
    let mut stream = Stream {
        socket,
        user,
        subscription,
        last_heard: Instant::now(),
        state,
    };
    let Err(end) = stream.follow().await;
    metrics::socket_closed(end.label());
    stream.close(end).await;
}

struct Stream {
    socket: WebSocket,
    state: AppState,
    user: UserId,
    subscription: Subscription,
    last_heard: Instant,
}

impl Stream {
    /// Goes on until there is a reason to end.
    async fn follow(&mut self) -> Result<std::convert::Infallible, End> {
        let state = self.state.clone();
        let mut closing = std::pin::pin!(state.closing());
        let mut pings = tokio::time::interval(state.settings().ping_interval);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        loop {
            tokio::select! {
                delivery = self.subscription.next() => {
                    let delivery = delivery.map_err(|_| End::TooSlow)?;
                    self.send(&StreamMessage::of(delivery)).await?;
                }
                incoming = self.socket.recv() => match incoming {
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(_)) | None => return Err(End::Left),
                },
                _ = pings.tick() => self.ping().await?,
                () = &mut closing => return Err(End::Shutdown),
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        self.last_heard = Instant::now();
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(ClientMessage::Resume { after }) => self.resume(after).await,
                Err(error) => {
                    let position = self.subscription.position();
                    self.send(&StreamMessage::misunderstood(position, &error))
                        .await
                }
            },
            Message::Binary(_) => Err(End::Unsupported),
            Message::Close(_) => Err(End::Left),
            // Pings are answered by the library.
            Message::Ping(_) | Message::Pong(_) => Ok(()),
        }
    }

    async fn resume(&mut self, after: u64) -> Result<(), End> {
        let resumed = self
            .state
            .broker()
            .events
            .subscribe(&self.user, Some(after))
            .await;
        self.subscription = resumed.map_err(|_| End::Fault)?;
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), End> {
        if self.last_heard.elapsed() > self.state.settings().ping_interval * 2 {
            return Err(End::Silent);
        }
        self.transmit(Message::Ping(Default::default())).await
    }

    async fn send(&mut self, message: &StreamMessage) -> Result<(), End> {
        let text = serde_json::to_string(message).map_err(|_| End::Fault)?;
        self.transmit(Message::text(text)).await?;
        metrics::message_sent();
        Ok(())
    }

    async fn transmit(&mut self, message: Message) -> Result<(), End> {
        let patience = self.state.settings().socket_send_timeout;
        match timeout(patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Left),
            Err(_) => Err(End::TooSlow),
        }
    }

    /// Says why, and waits a moment for the client's answer: closing the connection with unread
    /// data in it would take the close frame away from the client.
    async fn close(mut self, end: End) {
        let farewell = async {
            if let Some(frame) = end.close_frame() {
                let sent = self.socket.send(Message::Close(Some(frame))).await;
                if sent.is_err() {
                    return;
                }
            }
            while let Some(Ok(_)) = self.socket.recv().await {}
        };
        // An error means that the client is beyond being told.
        let _ = timeout(CLOSE_TIMEOUT, farewell).await;
    }
}
