use async_trait::async_trait;

/// Sends the end of a run to an address that a client named. The server has the implementation, with
/// its rules about which addresses may be called.
#[async_trait]
pub trait CallbackSender: Send + Sync {
    /// Checks an address before a run is accepted; the error says what is wrong with it.
    async fn check(&self, url: &str) -> Result<(), String>;

    /// Sends JSON by PUT, several times if need be. Failures are logged.
    async fn put_json(&self, url: &str, body: String);
}
