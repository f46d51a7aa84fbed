//! Reads request bodies: bounded in size, in time and all together, then parsed; errors name the
//! field that is wrong.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use letscode_json::{JsonMistake, read_json};
use letscode_model::{ClientAddress, StatedUserId};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::AppState;
use crate::caller::Caller;
use crate::connection::client_address;
use crate::error::{ApiError, internal};
use crate::memory_budget::{MemoryPermit, SMALL_BYTES};
use crate::pacing;

/// A body that is too large is read on for this much and thrown away, since many clients only look
/// at the response when they are done with sending.
const MAX_DISCARDED_BYTES: usize = 64 << 20;

/// Time for that, where nothing else bounds it.
pub(crate) const DISCARD_TIME: Duration = Duration::from_secs(30);

/// Interval at which a body that waits for memory tries again.
const MEMORY_RETRY: Duration = Duration::from_millis(20);

/// A type that is read from a JSON body.
pub(crate) trait RequestBody: DeserializeOwned + Send + 'static {
    const MAX_BODY_BYTES: usize;

    /// Returns the `userId` field, for [`Caller`].
    fn stated_user_id(&self) -> Option<&StatedUserId>;
}

/// A request with a JSON body.
pub(crate) struct ApiJson<T> {
    pub value: T,
    pub caller: Caller,
    /// The body's part of the memory budget. To be kept for as long as what was read is in memory.
    pub permit: MemoryPermit,
}

impl<T: RequestBody> FromRequest<AppState> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        // Requiring JSON also keeps other sites' forms out: they can't send it without a CORS
        // preflight.
        if !is_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType);
        }
        let (parts, body) = request.into_parts();
        let address = client_address(&parts.extensions, &parts.headers);
        let (bytes, permit) =
            read_bytes(body, T::MAX_BODY_BYTES, Duration::ZERO, address, state).await?;
        let value: T = parse(state, bytes, address).await?;
        Ok(ApiJson {
            caller: Caller::from_body(&parts, value.stated_user_id())?,
            value,
            permit,
        })
    }
}

/// Reads a body of at most `limit` bytes, with its part of the memory budget, for which it waits at most
/// for `patience`.
pub(crate) async fn read_bytes(
    body: Body,
    limit: usize,
    patience: Duration,
    address: Option<ClientAddress>,
    state: &AppState,
) -> Result<(Vec<u8>, MemoryPermit), ApiError> {
    let mut reader = BodyReader {
        body,
        limit,
        patience,
        address,
    };
    let timeout = state.settings().body_timeout + patience;
    tokio::time::timeout(timeout, reader.read(state))
        .await
        .map_err(|_| ApiError::BodyTimeout(timeout.as_secs()))?
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

struct BodyReader {
    body: Body,
    limit: usize,
    /// Time for which it may still wait for memory.
    patience: Duration,
    address: Option<ClientAddress>,
}

impl BodyReader {
    async fn read(&mut self, state: &AppState) -> Result<(Vec<u8>, MemoryPermit), ApiError> {
        let busy = || ApiError::Overloaded("too many large requests at once; try again later");
        let budget = state.body_budget();
        // Bytes are counted as they arrive, so that announcing a large body reserves nothing.
        let mut permit = budget.take(self.address, 0).ok_or_else(busy)?;
        let mut bytes = Vec::new();
        let mut begin = Instant::now();
        while let Some(chunk) = self
            .chunk_before(deadline(state, begin, bytes.len()))
            .await?
        {
            if bytes.len() + chunk.len() > self.limit {
                drop((bytes, permit));
                discard(&mut self.body).await;
                return Err(ApiError::BodyTooLarge(self.limit));
            }
            begin += self
                .grow(state, &mut permit, chunk.len())
                .await
                .ok_or_else(busy)?;
            bytes.extend_from_slice(&chunk);
        }
        Ok((bytes, permit))
    }

    /// Takes more of the memory budget; returns how long that took, or `None` if it is too long.
    async fn grow(
        &mut self,
        state: &AppState,
        permit: &mut MemoryPermit,
        bytes: usize,
    ) -> Option<Duration> {
        let begin = Instant::now();
        while !state.body_budget().grow(permit, bytes) {
            if begin.elapsed() >= self.patience {
                return None;
            }
            tokio::time::sleep(MEMORY_RETRY).await;
        }
        let waited = begin.elapsed();
        self.patience = self.patience.saturating_sub(waited);
        Some(waited)
    }

    async fn chunk_before(&mut self, deadline: Instant) -> Result<Option<Bytes>, ApiError> {
        tokio::time::timeout_at(deadline, next_chunk(&mut self.body))
            .await
            .map_err(|_| ApiError::BodyTooSlow)?
    }
}

/// Returns the next bytes of a body; `None` at its end.
pub(crate) async fn next_chunk(body: &mut Body) -> Result<Option<Bytes>, ApiError> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::BodyBrokenOff)?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Reads on for a while and throws away what comes.
pub(crate) async fn discard(body: &mut Body) {
    let mut discarded = 0;
    while let Ok(Some(chunk)) = next_chunk(body).await {
        discarded += chunk.len();
        if discarded > MAX_DISCARDED_BYTES {
            return;
        }
    }
}

/// Returns the time by which more than `received` bytes must be there.
fn deadline(state: &AppState, begin: Instant, received: usize) -> Instant {
    let settings = state.settings();
    let seconds = received as f64 / settings.body_bytes_a_second.max(1) as f64;
    begin + settings.body_grace + Duration::from_secs_f64(seconds)
}

/// Parses a body; a large one on a thread where nobody else's request waits for it, and one at a time:
/// the bodies of one client keep at most one core busy.
pub(crate) async fn parse<T: DeserializeOwned + Send + 'static>(
    state: &AppState,
    bytes: Vec<u8>,
    address: Option<ClientAddress>,
) -> Result<T, ApiError> {
    if bytes.len() <= SMALL_BYTES {
        return Ok(read_json(&bytes)?);
    }
    let permit = state.large_bodies().acquire(address).await;
    let parsing = pacing::spawn_blocking(move || {
        let _permit = permit;
        read_json(&bytes)
    });
    let parsed = parsing
        .await
        .map_err(|error| internal("a body could not be parsed", &error))?;
    Ok(parsed?)
}

impl From<JsonMistake> for ApiError {
    fn from(mistake: JsonMistake) -> Self {
        ApiError::InvalidJson {
            field: mistake.field,
            reason: mistake.reason,
        }
    }
}
