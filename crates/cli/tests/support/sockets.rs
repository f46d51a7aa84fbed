//! Many WebSockets at once.

use futures_util::StreamExt;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

pub type Socket = WebSocketStream<TcpStream>;

/// Follows a user's events, after the one numbered `after` where there is one.
pub async fn open(
    address: &str,
    user: &str,
    after: Option<u64>,
) -> Result<Socket, tungstenite::Error> {
    let after = after.map_or_else(String::new, |seq| format!("&after={seq}"));
    let url = format!("ws://{address}/?userId={user}{after}");
    let stream = TcpStream::connect(address).await?;
    // There may be ten thousand.
    let small = WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_write_buffer_size(4096);
    let (socket, _) = tokio_tungstenite::client_async_with_config(url, stream, Some(small)).await?;
    Ok(socket)
}

/// Returns the next message; none when the connection has ended.
pub async fn message(socket: &mut Socket) -> Option<Value> {
    loop {
        match socket.next().await? {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Returns the next event; messages about the service itself are skipped.
pub async fn event(socket: &mut Socket) -> Option<Value> {
    loop {
        let message = message(socket).await?;
        if message["type"] != "system_status" {
            return Some(message);
        }
    }
}
