use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use letscode_adapters::{PeerService, RequestSender};
use letscode_model::{ClientAddress, KeyOwner, KeyScope, TurnTerms, UserId};

use crate::AppState;
use crate::body::read_bytes;
use crate::caller::{ANONYMOUS, Identity, identify_peer};
use crate::connection::client_address;
use crate::error::ApiError;
use crate::memory_budget::{MemoryPermit, SMALL_BYTES};

use super::turns::ReadingTurns;

/// Largest body: files and inputs in base64, with room for the rest.
const MAX_BODY_BYTES: usize = 64 << 20;

/// Longest wait for memory. Clients that send hundreds of requests at once, each with a large input,
/// take a refusal as a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// State of [`receive`].
#[derive(Clone)]
pub(super) struct PeerReceiver {
    pub state: AppState,
    pub service: PeerService,
    pub turns: ReadingTurns,
}

/// Reads the body within the server's bounds and names the sender. The body's part of the memory
/// budget is kept until the answer is there.
pub(super) async fn receive(
    State(receiver): State<PeerReceiver>,
    request: Request,
    next: Next,
) -> Response {
    let service = receiver.service;
    let (mut parts, body) = request.into_parts();
    let address = client_address(&parts.extensions, &parts.headers);
    let admitted = receiver.admit(&parts, body, address).await;
    let (identity, bytes, permit) = match admitted {
        Ok(admitted) => admitted,
        Err(error) => {
            let status = error.clone().into_response().status();
            return service.refusal(status, &error.to_string());
        }
    };
    parts.extensions.insert(sender(service, &identity, address));
    parts.extensions.insert(identity);
    let response = next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    drop(permit);
    response
}

impl PeerReceiver {
    /// Checks who sends a request, and reads its body.
    async fn admit(
        &self,
        parts: &Parts,
        body: Body,
        address: Option<ClientAddress>,
    ) -> Result<(Identity, Vec<u8>, MemoryPermit), ApiError> {
        let identity = identify_peer(&self.state, self.service, parts).await?;
        // What changes problems is for setters, which its handler checks.
        match self.service {
            PeerService::Domjudge if identity.require(KeyScope::Setter).is_ok() => {}
            PeerService::Domjudge => identity.require(KeyScope::Read)?,
            _ => identity.require(KeyScope::Run)?,
        }
        let (bytes, permit) = self.read(body, address).await?;
        Ok((identity, bytes, permit))
    }

    /// Reads a small body at once, and large ones of an address one after another.
    async fn read(
        &self,
        body: Body,
        address: Option<ClientAddress>,
    ) -> Result<(Vec<u8>, MemoryPermit), ApiError> {
        let is_small = body
            .size_hint()
            .upper()
            .is_some_and(|size| size <= SMALL_BYTES as u64);
        let turn = if is_small {
            None
        } else {
            Some(self.turns.take(address).await)
        };
        let read = read_bytes(body, MAX_BODY_BYTES, PATIENCE, address, &self.state).await;
        drop(turn);
        read
    }
}

/// Clients of these services say nothing about who they are: those with one key are one user, and
/// without keys those at one address.
fn sender(
    service: PeerService,
    identity: &Identity,
    address: Option<ClientAddress>,
) -> RequestSender {
    let name = service.name();
    let key = identity.key();
    let user_id = match (key.map(|key| &key.owner), address) {
        (Some(KeyOwner::Account(account)), _) => account.clone(),
        (Some(KeyOwner::Namespace(namespace)), _) => namespace.user(&UserId(ANONYMOUS.to_owned())),
        (None, Some(address)) => UserId(format!("{name} at {address}")),
        (None, None) => UserId(name.to_owned()),
    };
    RequestSender {
        user_id,
        terms: TurnTerms::of_client(identity.share(), address),
        counted_key: key.and_then(|key| Some((key.id, key.quota?))),
    }
}
