//! Requests to a provider, bounded in time and size.

use openidconnect::url::Url;
use openidconnect::{HttpRequest, HttpResponse};

use super::settings::{OidcSettings, is_safe};

/// Largest answer of a provider.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// An answer that could not be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    /// An address that a provider has published is not encrypted.
    #[error("`{0}` is not an https URL")]
    Unsafe(String),
    #[error(transparent)]
    Failed(#[from] ureq::Error),
}

/// Sends requests to a provider. Redirects are not followed: each would lead elsewhere.
#[derive(Debug, Clone)]
pub(super) struct ProviderClient {
    agent: ureq::Agent,
}

impl ProviderClient {
    pub fn new(settings: &OidcSettings) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(settings.timeout))
            .user_agent("letscode")
            .build();
        ProviderClient {
            agent: config.into(),
        }
    }

    /// Waits for an answer: to be called beside the runtime.
    pub fn send(&self, request: HttpRequest) -> Result<HttpResponse, ClientError> {
        let address = request.uri().to_string();
        if !Url::parse(&address).is_ok_and(|url| is_safe(&url)) {
            return Err(ClientError::Unsafe(address));
        }
        let answer = if request.body().is_empty() {
            self.agent.run(request.map(drop))
        } else {
            self.agent.run(request)
        };
        let (head, mut body) = answer?.into_parts();
        let bytes = body.with_config().limit(MAX_ANSWER_BYTES).read_to_vec()?;
        Ok(HttpResponse::from_parts(head, bytes))
    }
}
