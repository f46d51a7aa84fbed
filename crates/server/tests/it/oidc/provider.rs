//! A small OpenID provider: real HTTP on loopback, real signatures, and the mistakes that a test asks for.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use letscode_model::RandomSecret;
use p256::ecdsa::signature::Signer;
use rsa::pkcs1v15::SigningKey;
use rsa::sha2::{Digest, Sha256};
use rsa::signature::SignatureEncoding;
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const CLIENT_ID: &str = "judge";
pub const CLIENT_SECRET: &str = "a secret of sixteen bytes";

static RSA_KEYS: LazyLock<[rsa::RsaPrivateKey; 2]> = LazyLock::new(|| {
    let key = || rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    [key(), key()]
});

/// Signature of an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// With the RSA key of this number.
    Rs256(usize),
    Es256,
    /// None at all.
    None,
    /// With the client's secret, which the provider knows as well.
    Hs256,
    /// RS256 by its header, and random bytes.
    Forged,
}

/// Answers of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Well,
    /// Nothing for a minute.
    Slow,
    /// More than anybody reads.
    Gigantic,
    /// Status 500.
    Broken,
    Garbage,
    /// To another place.
    Redirecting,
}

/// Behaviour of the provider, for tests to change.
pub struct Behaviour {
    pub health: Health,
    pub signature: Signature,
    /// Number of the RSA key that is published.
    pub published_key: usize,
    /// Claims that differ from those of an honest token; null leaves one out.
    pub claims: Value,
    /// Subject of the next log-in.
    pub person: Value,
    /// Requests by path.
    pub requests: HashMap<&'static str, usize>,
    /// Value of `issuer` in the discovery document, where it isn't the provider's own.
    pub published_issuer: Option<String>,
    codes: HashMap<String, IssuedCode>,
}

#[derive(Clone)]
struct IssuedCode {
    nonce: String,
    challenge: String,
    redirect: String,
    person: Value,
}

#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    behaviour: Arc<Mutex<Behaviour>>,
}

impl Provider {
    pub async fn start() -> Self {
        // Making keys takes longer than anybody waits for them.
        let making = tokio::task::spawn_blocking(|| LazyLock::force(&RSA_KEYS));
        making.await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Provider {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            behaviour: Arc::new(Mutex::new(Behaviour {
                health: Health::Well,
                signature: Signature::Rs256(0),
                published_key: 0,
                claims: json!({}),
                person: json!({"sub": "7", "preferred_username": "Ada"}),
                requests: HashMap::new(),
                published_issuer: None,
                codes: HashMap::new(),
            })),
        };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async { axum::serve(listener, routes).await });
        provider
    }

    pub fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap()
    }

    pub fn requests(&self, path: &str) -> usize {
        self.behaviour().requests.get(path).copied().unwrap_or(0)
    }

    /// Answers as the provider's health is; `None` if it is well.
    async fn ailing(&self, path: &'static str) -> Option<Response> {
        let health = {
            let mut behaviour = self.behaviour();
            *behaviour.requests.entry(path).or_default() += 1;
            behaviour.health
        };
        let content = [(header::CONTENT_TYPE, "application/json")];
        match health {
            Health::Well => None,
            Health::Slow => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                None
            }
            Health::Gigantic => {
                let text = format!("{{\"x\":\"{}\"}}", "x".repeat(64 << 20));
                Some((content, text).into_response())
            }
            Health::Broken => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
            Health::Garbage => Some((content, "{]").into_response()),
            Health::Redirecting => Some(Redirect::to("/keys").into_response()),
        }
    }

    fn id_token(&self, code: &IssuedCode) -> String {
        let behaviour = self.behaviour();
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": code.nonce,
        });
        for (name, value) in code.person.as_object().unwrap() {
            claims[name] = value.clone();
        }
        for (name, value) in behaviour.claims.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        signed(behaviour.signature, &claims)
    }
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn ec_key() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap()
}

/// Returns a JSON Web Token, put together by hand.
fn signed(signature: Signature, claims: &Value) -> String {
    let (algorithm, key) = match signature {
        Signature::Rs256(number) => ("RS256", format!("rsa-{number}")),
        Signature::Forged => ("RS256", "rsa-0".to_owned()),
        Signature::Es256 => ("ES256", "ec".to_owned()),
        Signature::None => ("none", "rsa-0".to_owned()),
        Signature::Hs256 => ("HS256", "rsa-0".to_owned()),
    };
    let head = json!({"alg": algorithm, "kid": key, "typ": "JWT"});
    let text = format!(
        "{}.{}",
        encoded(head.to_string()),
        encoded(claims.to_string())
    );
    let bytes = match signature {
        Signature::Rs256(number) => {
            let key = SigningKey::<Sha256>::new(RSA_KEYS[number].clone());
            rsa::signature::Signer::sign(&key, text.as_bytes()).to_vec()
        }
        Signature::Es256 => {
            let signed: p256::ecdsa::Signature = ec_key().sign(text.as_bytes());
            signed.to_bytes().to_vec()
        }
        Signature::None => Vec::new(),
        Signature::Forged => vec![7; 256],
        Signature::Hs256 => hmac_sha256(CLIENT_SECRET.as_bytes(), text.as_bytes()),
    };
    format!("{text}.{}", encoded(bytes))
}

/// HMAC of RFC 2104, for a key of at most 64 bytes.
fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |byte: u8| {
        let mut pad = [byte; 64];
        pad.iter_mut().zip(key).for_each(|(pad, key)| *pad ^= key);
        pad
    };
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(text)
        .finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner);
    outer.finalize().to_vec()
}

async fn discovery(State(provider): State<Provider>) -> Response {
    if let Some(answer) = provider.ailing("discovery").await {
        return answer;
    }
    let issuer = &provider.issuer;
    let published = provider.behaviour().published_issuer.clone();
    Json(json!({
        "issuer": published.as_ref().unwrap_or(issuer),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // More than anybody should believe.
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
    }))
    .into_response()
}

async fn keys(State(provider): State<Provider>) -> Response {
    if let Some(answer) = provider.ailing("keys").await {
        return answer;
    }
    let number = provider.behaviour().published_key;
    let rsa = RSA_KEYS[number].to_public_key();
    let point = ec_key().verifying_key().to_sec1_point(false);
    Json(json!({"keys": [
        {
            "kty": "RSA", "use": "sig", "kid": format!("rsa-{number}"),
            "n": encoded(rsa.n().to_bytes_be()), "e": encoded(rsa.e().to_bytes_be()),
        },
        {
            "kty": "EC", "use": "sig", "kid": "ec", "crv": "P-256",
            "x": encoded(point.x().unwrap()), "y": encoded(point.y().unwrap()),
        },
    ]}))
    .into_response()
}

/// Logs the person in without a question, and sends the browser back.
async fn authorize(
    State(provider): State<Provider>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let of = |name: &str| query.get(name).cloned().unwrap_or_default();
    assert_eq!(
        (of("client_id"), of("response_type")),
        (CLIENT_ID.into(), "code".into())
    );
    assert_eq!(of("code_challenge_method"), "S256");
    assert!(of("scope").split(' ').any(|scope| scope == "openid"));
    let code = RandomSecret::new().as_text().to_owned();
    let mut behaviour = provider.behaviour();
    let issued = IssuedCode {
        nonce: of("nonce"),
        challenge: of("code_challenge"),
        redirect: of("redirect_uri"),
        person: behaviour.person.clone(),
    };
    behaviour.codes.insert(code.clone(), issued);
    let (redirect, state) = (of("redirect_uri"), of("state"));
    // Providers add parameters of their own.
    let address = format!("{redirect}?state={state}&code={code}&session_state=x&iss=y&hd=z");
    Redirect::to(&address).into_response()
}

/// Exchanges a code, once, for who has the client's secret and the verifier of who began.
async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    if let Some(answer) = provider.ailing("token").await {
        return answer;
    }
    let of = |name: &str| form.get(name).cloned().unwrap_or_default();
    let expected = format!("{CLIENT_ID}:{}", CLIENT_SECRET.replace(' ', "+"));
    let basic = format!("Basic {}", STANDARD.encode(expected));
    let is_client = headers
        .get(header::AUTHORIZATION)
        .is_some_and(|sent| sent == basic.as_str());
    let code = provider.behaviour().codes.remove(&of("code"));
    let challenge = encoded(Sha256::digest(of("code_verifier")));
    let code =
        code.filter(|code| code.challenge == challenge && code.redirect == of("redirect_uri"));
    let (Some(code), true) = (code, is_client) else {
        let refusal = Json(json!({"error": "invalid_grant"}));
        return (StatusCode::BAD_REQUEST, refusal).into_response();
    };
    Json(json!({
        "access_token": "unused", "token_type": "Bearer", "expires_in": 300,
        "id_token": provider.id_token(&code),
    }))
    .into_response()
}
