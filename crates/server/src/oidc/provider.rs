use std::sync::Arc;
use std::time::{Duration, Instant};

use letscode_model::ClientAddress;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreJwsSigningAlgorithm,
    CoreProviderMetadata,
};
use openidconnect::url::Url;
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RequestTokenError, Scope, SignatureVerificationError, TokenResponse,
};
use tokio::sync::Mutex;

use super::client::ProviderClient;
use super::identity::{LoginFailure, LoginSecrets, ProvenIdentity};
use super::settings::{OidcSettings, is_safe};
use crate::fair_permits::FairPermits;

/// Age at which what a provider has published is fetched again.
const MAX_AGE: Duration = Duration::from_secs(3600);
/// Codes that are redeemed at the same time.
const MAX_EXCHANGES: usize = 8;
/// Signatures that are accepted: those of a key that the provider alone has.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type ProviderEndpoints = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The OpenID provider of a service.
pub(crate) struct OidcProvider {
    settings: OidcSettings,
    client: ProviderClient,
    published: Mutex<PublishedMetadata>,
    exchanges: FairPermits,
}

/// Addresses and keys that the provider has published.
#[derive(Default)]
struct PublishedMetadata {
    current: Option<(Arc<CoreProviderMetadata>, Instant)>,
    last_attempt: Option<Instant>,
}

impl OidcProvider {
    pub fn new(settings: OidcSettings) -> Self {
        OidcProvider {
            client: ProviderClient::new(&settings),
            published: Mutex::default(),
            exchanges: FairPermits::new(MAX_EXCHANGES),
            settings,
        }
    }

    /// Returns the address to send a browser to, and what is needed when it comes back with `state`.
    pub async fn begin(&self, state: &str) -> Result<(Url, LoginSecrets), LoginFailure> {
        let metadata = self.metadata(MAX_AGE).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = state.to_owned();
        let (url, _, nonce) = self
            .endpoints(&metadata)
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                Nonce::new_random,
            )
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        if !is_safe(&url) {
            tracing::warn!("the OpenID provider wants browsers to come without encryption");
            return Err(LoginFailure::Unavailable);
        }
        let secrets = LoginSecrets {
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        };
        Ok((url, secrets))
    }

    /// Exchanges the code that a browser brought, and verifies the ID token.
    pub async fn redeem(
        &self,
        code: String,
        secrets: LoginSecrets,
        address: Option<ClientAddress>,
    ) -> Result<ProvenIdentity, LoginFailure> {
        let metadata = self.metadata(MAX_AGE).await?;
        let nonce = Nonce::new(secrets.nonce);
        let verifier = PkceCodeVerifier::new(secrets.verifier);
        let token = self.exchange(&metadata, code, verifier, address).await?;
        match self.verify(&metadata, &token, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                // The provider may have other keys by now.
                let metadata = self.metadata(self.settings.refetch_interval).await?;
                self.verify(&metadata, &token, &nonce)
            }
            verified => verified,
        }
        .map_err(|error| {
            LoginFailure::Refused(match error {
                ClaimsVerificationError::SignatureVerification(error) => error.to_string(),
                error => error.to_string(),
            })
        })
    }

    fn verify(
        &self,
        metadata: &CoreProviderMetadata,
        token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<ProvenIdentity, ClaimsVerificationError> {
        let endpoints = self.endpoints(metadata);
        let verifier = endpoints.id_token_verifier().set_allowed_algs(ALGORITHMS);
        token.claims(&verifier, nonce).map(ProvenIdentity::new)
    }

    async fn exchange(
        &self,
        metadata: &CoreProviderMetadata,
        code: String,
        verifier: PkceCodeVerifier,
        address: Option<ClientAddress>,
    ) -> Result<CoreIdToken, LoginFailure> {
        let permit = self.exchanges.acquire(address).await;
        let (endpoints, client) = (self.endpoints(metadata), self.client.clone());
        let exchange = move || {
            let _permit = permit;
            let request = endpoints
                .exchange_code(AuthorizationCode::new(code))
                .map_err(|error| LoginFailure::Refused(error.to_string()))?
                .set_pkce_verifier(verifier);
            let answer = request.request(&|request| client.send(request));
            let answer = answer.map_err(|error| match error {
                RequestTokenError::ServerResponse(refusal) => {
                    LoginFailure::Refused(format!("the provider answers {}", refusal.error()))
                }
                error => unavailable(&error),
            })?;
            let token = answer.id_token().cloned();
            token.ok_or_else(|| LoginFailure::Refused("the provider sent no ID token".to_owned()))
        };
        let exchanging = tokio::task::spawn_blocking(exchange);
        exchanging.await.map_err(|error| unavailable(&error))?
    }

    /// Returns what the provider has published, at most so old. While the provider is away it is
    /// what was fetched last; it is not asked more often than the settings say.
    async fn metadata(&self, max_age: Duration) -> Result<Arc<CoreProviderMetadata>, LoginFailure> {
        let mut published = self.published.lock().await;
        let is_younger = |at: &Instant, age| at.elapsed() < age;
        if let Some((current, fetched_at)) = &published.current
            && is_younger(fetched_at, max_age)
        {
            return Ok(current.clone());
        }
        let was_asked = published.last_attempt.as_ref();
        if !was_asked.is_some_and(|at| is_younger(at, self.settings.refetch_interval)) {
            if let Ok(fetched) = self.discover().await {
                published.current = Some((Arc::new(fetched), Instant::now()));
            }
            // Who has waited meanwhile doesn't ask again.
            published.last_attempt = Some(Instant::now());
        }
        let current = published.current.as_ref();
        current
            .map(|(current, _)| current.clone())
            .ok_or(LoginFailure::Unavailable)
    }

    async fn discover(&self) -> Result<CoreProviderMetadata, LoginFailure> {
        let (issuer, client) = (self.settings.issuer.clone(), self.client.clone());
        let discover = move || {
            CoreProviderMetadata::discover(&issuer, &|request| client.send(request))
                .map_err(|error| unavailable(&error))
        };
        let discovering = tokio::task::spawn_blocking(discover);
        discovering.await.map_err(|error| unavailable(&error))?
    }

    fn endpoints(&self, metadata: &CoreProviderMetadata) -> ProviderEndpoints {
        let settings = &self.settings;
        let secret = settings.client_secret.as_ref();
        // Basic, unless the provider names its ways and this is none of them.
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes_basic = methods
            .is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(settings.client_id.clone()),
            secret.map(|secret| ClientSecret::new(secret.0.clone())),
        )
        .set_auth_type(if takes_basic {
            AuthType::BasicAuth
        } else {
            AuthType::RequestBody
        })
        .set_redirect_uri(settings.redirect.clone())
    }
}

/// Logs why the provider can't be used.
fn unavailable(error: &dyn std::error::Error) -> LoginFailure {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        reason.push_str(": ");
        reason.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::warn!(reason, "the OpenID provider can't be used");
    LoginFailure::Unavailable
}
