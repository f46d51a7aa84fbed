//! A service with a provider, and browsers of people who log in there.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use letscode_model::{AccountIdentity, AuditAction};
use letscode_queue::QueueSettings;
use letscode_server::{
    AuthMode, AuthSettings, OidcSecret, OidcSettings, RegistrationMode, ServerSettings,
};
use letscode_store::{AuditFilter, AuditStore, IdentityStore};
use serde_json::{Value, json};

use super::provider::{CLIENT_ID, CLIENT_SECRET, Provider};
use crate::common::people::{as_page, send, settings};
use crate::common::{Answer, TestServer};

pub const BEGIN: (&str, &str) = ("POST", "/api/auth/provider");
pub struct Scene {
    pub provider: Provider,
    pub server: TestServer,
}

impl Scene {
    pub async fn start() -> Self {
        Scene::with(RegistrationMode::Open).await
    }

    pub async fn with(registration: RegistrationMode) -> Self {
        let provider = Provider::start().await;
        let (id, name) = (CLIENT_ID.to_owned(), "School".to_owned());
        let secret = Some(OidcSecret::new(CLIENT_SECRET.to_owned()));
        let public = "https://judge.example";
        let mut oidc = OidcSettings::new(&provider.issuer, public, id, secret, name).unwrap();
        oidc.timeout = Duration::from_secs(3);
        oidc.refetch_interval = Duration::from_secs(1);
        let settings = ServerSettings {
            auth: AuthSettings {
                registration,
                oidc: Some(oidc),
                ..settings(AuthMode::Accounts).auth
            },
            ..settings(AuthMode::Accounts)
        };
        let server = TestServer::with(settings, QueueSettings::default()).await;
        Scene { provider, server }
    }

    /// Lets somebody be who logs in at the provider next.
    pub fn person(&self, subject: &str, name: &str) {
        self.provider.behaviour().person = json!({"sub": subject, "preferred_username": name});
    }

    pub async fn account_of(&self, subject: &str) -> Option<letscode_model::Account> {
        let identity = AccountIdentity {
            issuer: self.provider.issuer.clone(),
            subject: subject.into(),
        };
        self.server
            .store
            .account_by_identity(&identity)
            .await
            .unwrap()
    }

    pub async fn actions(&self) -> Vec<AuditAction> {
        let page = self.server.store.list_audit(&AuditFilter::default()).await;
        let entries = page.unwrap().entries;
        entries
            .iter()
            .rev()
            .map(|entry| entry.event.action)
            .collect()
    }

    /// Logs in from the button to the last page; returns that page's address.
    pub async fn log_in(&self, browser: &mut Browser, body: Value) -> String {
        let begun = browser.page(self, BEGIN, &body).await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.text);
        let back = at_provider(&begun).await;
        browser.come_back(self, &back).await
    }
}

/// A browser with its cookies.
#[derive(Default, Clone)]
pub struct Browser(pub BTreeMap<String, String>);

impl Browser {
    pub fn cookies(&self) -> String {
        let pairs = self.0.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, answer: &Answer) {
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            assert!(set.contains("; HttpOnly; SameSite=Lax"), "{set}");
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0;") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub async fn page(&mut self, scene: &Scene, call: (&str, &str), body: &Value) -> Answer {
        let answer = as_page(&scene.server, call, &self.cookies(), body).await;
        self.keep(&answer);
        answer
    }

    /// Follows the provider's redirect; returns the page that follows.
    pub async fn come_back(&mut self, scene: &Scene, address: &str) -> String {
        let cookies = self.cookies();
        // A page of the provider leads here.
        let headers = [
            ("host", "judge.example"),
            ("sec-fetch-site", "cross-site"),
            ("cookie", cookies.as_str()),
        ];
        let answer = send(&scene.server, ("GET", address), &headers, &Value::Null).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        self.keep(&answer);
        answer.header("location").to_owned()
    }

    pub async fn name(&mut self, scene: &Scene) -> Option<String> {
        let answer = self
            .page(scene, ("GET", "/api/account"), &Value::Null)
            .await;
        Some(answer.json()["name"].as_str()?.to_owned())
    }
}

/// Goes to the provider, which logs in who is there; returns the path that it leads back to.
pub async fn at_provider(begun: &Answer) -> String {
    let url = begun.json()["url"].as_str().unwrap().to_owned();
    let visit = move || {
        let config = ureq::Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false);
        let agent: ureq::Agent = config.build().into();
        let answer = agent.get(&url).call().unwrap();
        answer.headers()["location"].to_str().unwrap().to_owned()
    };
    let location = tokio::task::spawn_blocking(visit).await.unwrap();
    let path = location.strip_prefix("https://judge.example").unwrap();
    path.to_owned()
}
