use async_trait::async_trait;
use letscode_adapters::CallbackSender;

use crate::AppState;
use crate::callback::check_url;

/// Sends the callbacks of Judge0's clients, to the same addresses as the server's own.
pub(super) struct PeerCallbacks(pub AppState);

#[async_trait]
impl CallbackSender for PeerCallbacks {
    async fn check(&self, url: &str) -> Result<(), String> {
        let checked = check_url(url, &self.0.settings().callbacks.allowed).await;
        checked.map_err(|mistake| mistake.reason)
    }

    async fn put_json(&self, url: &str, body: String) {
        self.0.callbacks().put(url, body).await;
    }
}
