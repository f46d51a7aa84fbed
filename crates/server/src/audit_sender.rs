//! Who acts, for the audit log.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use letscode_model::{AuditAction, AuditEvent, ClientAddress};

use crate::caller::{Identity, Proof};
use crate::connection::client_address;

/// The sender of a request that only managers may send, as the audit log names it.
#[derive(Debug, Clone)]
pub(crate) struct AuditSender {
    pub actor: String,
    pub address: Option<ClientAddress>,
}

impl AuditSender {
    pub fn of(parts: &Parts) -> Self {
        AuditSender {
            actor: match Identity::of(&parts.extensions).proof() {
                Proof::Session(account, _) => account.id.to_string(),
                Proof::Key(key, ..) => format!("key:{}", key.name),
                Proof::Operator | Proof::Nothing => AuditEvent::OPERATOR.to_owned(),
            },
            address: client_address(&parts.extensions, &parts.headers),
        }
    }

    /// Returns an event of this sender.
    pub fn event(&self, action: AuditAction, subject: &str) -> AuditEvent {
        AuditEvent::new(action, &self.actor)
            .from_address(self.address)
            .on(subject)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AuditSender {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(AuditSender::of(parts))
    }
}
