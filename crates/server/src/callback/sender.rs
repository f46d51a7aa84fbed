use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::Semaphore;
use ureq::unversioned::transport::DefaultConnector;

use super::target::CheckedResolver;
use crate::ProxyNetwork;

/// Pauses before an attempt. After the last one, a callback is given up.
const PAUSES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
];
/// Time for one attempt, the look-up of the name included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// Attempts of a callback as Judge0 sends it, and the time for each.
const PUT_ATTEMPTS: usize = 3;
const PUT_TIMEOUT: Duration = Duration::from_secs(5);
/// Attempts at the same time.
const MAX_ATTEMPTS: usize = 16;
/// Callbacks that wait for an attempt or between two.
const MAX_CALLBACKS: usize = 10_000;

/// Key of the signature. Random for each process unless the operator sets one.
#[derive(Clone)]
pub struct CallbackKey(Vec<u8>);

impl CallbackKey {
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        CallbackKey(secret.into())
    }
}

impl Default for CallbackKey {
    fn default() -> Self {
        let [a, b] = [(); 2].map(|()| letscode_model::JobId::random());
        CallbackKey(format!("{a}{b}").into_bytes())
    }
}

impl fmt::Debug for CallbackKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackKey(…)")
    }
}

/// The operator's settings for callbacks.
#[derive(Debug, Clone, Default)]
pub struct CallbackSettings {
    pub key: CallbackKey,
    /// Networks that are not public and may be sent to.
    pub allowed: Vec<ProxyNetwork>,
}

/// Sends results to addresses of the clients' choice.
#[derive(Clone)]
pub(crate) struct CallbackSender {
    agent: ureq::Agent,
    key: CallbackKey,
    attempts: Arc<Semaphore>,
    open: Arc<AtomicUsize>,
}

impl CallbackSender {
    pub fn new(settings: &CallbackSettings) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A proxy would resolve names by itself.
            .proxy(None)
            .timeout_global(Some(ATTEMPT_TIMEOUT))
            .user_agent("letscode")
            .build();
        let resolver = CheckedResolver {
            allowed: settings.allowed.clone(),
        };
        CallbackSender {
            agent: ureq::Agent::with_parts(config, DefaultConnector::default(), resolver),
            key: settings.key.clone(),
            attempts: Arc::new(Semaphore::new(MAX_ATTEMPTS)),
            open: Arc::default(),
        }
    }

    /// Sends a body in the background, and tries again while it is not accepted.
    pub fn send(&self, url: String, id: String, body: Vec<u8>) {
        if self.open.fetch_add(1, Ordering::Relaxed) >= MAX_CALLBACKS {
            self.open.fetch_sub(1, Ordering::Relaxed);
            tracing::warn!(id, "too many callbacks are open; one was dropped");
            return;
        }
        let sender = self.clone();
        tokio::spawn(async move {
            sender.deliver(url, &id, body.into()).await;
            sender.open.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Sends a body by PUT, unsigned, as Judge0 does: three times at most, and any answer will do.
    pub async fn put(&self, url: &str, body: String) {
        let body: Arc<str> = body.into();
        for _ in 0..PUT_ATTEMPTS {
            // The semaphore is never closed.
            let permit = self.attempts.clone().acquire_owned().await;
            let (agent, url, body) = (self.agent.clone(), url.to_owned(), body.clone());
            let attempt = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                let request = agent.put(url).header("content-type", "application/json");
                let request = request.config().timeout_global(Some(PUT_TIMEOUT)).build();
                request.send(body.as_bytes()).map(|_| ())
            });
            match attempt.await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => tracing::debug!(%error, "a callback failed"),
                Err(error) => tracing::error!(%error, "a callback's attempt ended unexpectedly"),
            }
        }
        tracing::warn!("a callback of a Judge0 client was given up");
    }

    async fn deliver(&self, url: String, id: &str, body: Arc<[u8]>) {
        for pause in PAUSES {
            tokio::time::sleep(pause).await;
            // The semaphore is never closed.
            let permit = self.attempts.clone().acquire_owned().await;
            let (sender, url, body) = (self.clone(), url.clone(), body.clone());
            let delivery = id.to_owned();
            let attempt = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                sender.attempt(&url, &delivery, &body)
            });
            match attempt.await {
                Ok(Ok(status)) if (200..300).contains(&status) => return,
                Ok(Ok(status)) => tracing::debug!(id, status, "a callback was not accepted"),
                Ok(Err(error)) => tracing::debug!(id, %error, "a callback failed"),
                Err(error) => {
                    tracing::error!(id, %error, "a callback's attempt ended unexpectedly")
                }
            }
        }
        tracing::warn!(id, "a callback was given up");
    }

    fn attempt(&self, url: &str, id: &str, body: &[u8]) -> Result<u16, ureq::Error> {
        let request = self
            .agent
            .post(url)
            .header("content-type", "application/json")
            .header("x-letscode-delivery", id)
            .header("x-letscode-signature", signature(&self.key, body));
        Ok(request.send(body)?.status().as_u16())
    }
}

/// Returns `sha256=` and the HMAC of a body in hexadecimal digits.
fn signature(key: &CallbackKey, body: &[u8]) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) else {
        return String::new();
    };
    mac.update(body);
    let digits = mac.finalize().into_bytes();
    let digits: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 2 of RFC 4231.
    #[test]
    fn signatures_are_hmac_sha256() {
        let key = CallbackKey::new("Jefe");
        let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature(&key, b"what do ya want for nothing?"), expected);
        assert!(!format!("{key:?}").contains("Jefe"));
    }
}
