//! Limits how often clients may ask: by address, by user and by API key, for each class of requests.
//!
//! The address is counted before anything of a request is read. Who asks is only known once its
//! credentials are checked: [`count_identity`] is called then. Quotas are counted in the broker, so
//! that servers on one Redis share them.

mod class;
mod counted_quota;
mod headers;
mod settings;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use letscode_adapters::PeerService;
use letscode_model::{ClientAddress, ShareHolder};

use crate::AppState;
use crate::connection::ConnectionInfo;
use crate::error::ApiError;
use counted_quota::CountedQuota;

pub use class::RateClass;
pub use settings::{RateLimitSettings, RateRule, RateSubject};

/// Request extension: the class of a request, and the quota that it has used most of.
#[derive(Debug)]
pub(crate) struct RequestRate {
    class: RateClass,
    tightest: Mutex<Option<CountedQuota>>,
}

impl RequestRate {
    fn record(&self, counted: CountedQuota) {
        let mut tightest = self.tightest.lock().unwrap_or_else(PoisonError::into_inner);
        let is_tighter = |other: &CountedQuota| counted.remaining_share() < other.remaining_share();
        if !counted.state.is_allowed() || tightest.as_ref().is_none_or(is_tighter) {
            *tightest = Some(counted);
        }
    }

    fn tightest(&self) -> Option<CountedQuota> {
        *self.tightest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a request by its address, and tells the client what is left.
pub(crate) async fn limit_rate(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    match RateClass::of_request(request.method(), request.uri().path()) {
        Some(class) => limit(&state, class, request, next, ApiError::into_response).await,
        None => next.run(request).await,
    }
}

/// Does the same for a request to another service's API, which is refused in that service's shape.
pub(crate) async fn limit_adapter_rate(
    State((state, service)): State<(AppState, PeerService)>,
    request: Request,
    next: Next,
) -> Response {
    let class = RateClass::of_adapter_request(request.method());
    let refuse = |error: ApiError| {
        let status = error.class().0;
        service.refusal(status, &error.to_string())
    };
    limit(&state, class, request, next, refuse).await
}

/// `refuse`: makes the answer to a request that is too much.
async fn limit(
    state: &AppState,
    class: RateClass,
    mut request: Request,
    next: Next,
    refuse: impl Fn(ApiError) -> Response,
) -> Response {
    let rate = Arc::new(RequestRate {
        class,
        tightest: Mutex::default(),
    });
    let allowed = match counted_address(request.extensions().get(), request.headers()) {
        Some(name) => count(state, &rate, RateSubject::Address, &name).await,
        None => Ok(()),
    };
    let mut response = match allowed {
        Ok(()) => {
            request.extensions_mut().insert(rate.clone());
            next.run(request).await
        }
        Err(error) => refuse(error),
    };
    if let Some(counted) = rate.tightest() {
        headers::add(response.headers_mut(), &counted);
    }
    response
}

/// Counts a request by who sends it, once that is proven.
pub(crate) async fn count_identity(
    state: &AppState,
    parts: &Parts,
    sender: Option<ShareHolder>,
) -> Result<(), ApiError> {
    let Some(rate) = parts.extensions.get::<Arc<RequestRate>>() else {
        return Ok(());
    };
    match counted_holder(sender) {
        Some((subject, name)) => count(state, rate, subject, &name).await,
        None => Ok(()),
    }
}

/// Counts a program of a batch as a request of its own. Waits for its turn, but no longer than `patience`.
pub(crate) async fn count_line(
    state: &AppState,
    parts: &Parts,
    sender: Option<ShareHolder>,
    patience: Duration,
) -> Result<(), ApiError> {
    let Some(rate) = parts.extensions.get::<Arc<RequestRate>>() else {
        return Ok(());
    };
    let deadline = Instant::now() + patience;
    if let Some(name) = counted_address(parts.extensions.get(), &parts.headers) {
        count_in_time(state, rate, (RateSubject::Address, &name), deadline).await?;
    }
    match counted_holder(sender) {
        Some((subject, name)) => count_in_time(state, rate, (subject, &name), deadline).await,
        None => Ok(()),
    }
}

async fn count_in_time(
    state: &AppState,
    rate: &RequestRate,
    (subject, name): (RateSubject, &str),
    deadline: Instant,
) -> Result<(), ApiError> {
    loop {
        match count(state, rate, subject, name).await {
            Err(ApiError::RateLimited { seconds, .. })
                if Instant::now() + Duration::from_secs(seconds) <= deadline =>
            {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            counted => return counted,
        }
    }
}

/// Returns the name that an address is counted by. Programs on this machine are the operator's, or speak
/// for a proxy that is to be trusted.
fn counted_address(connection: Option<&ConnectionInfo>, headers: &HeaderMap) -> Option<String> {
    let address = connection?.client(headers);
    (!address.is_loopback()).then(|| ClientAddress::from(address).to_string())
}

/// Returns the subject and the name that a proven sender is counted by.
fn counted_holder(sender: Option<ShareHolder>) -> Option<(RateSubject, String)> {
    match sender? {
        ShareHolder::Account(id) => Some((RateSubject::User, id.0)),
        ShareHolder::Key(namespace) => Some((RateSubject::Key, namespace)),
        ShareHolder::Address(_) => None,
    }
}

async fn count(
    state: &AppState,
    rate: &RequestRate,
    subject: RateSubject,
    name: &str,
) -> Result<(), ApiError> {
    let class = rate.class;
    let Some(quota) = state.settings().rate_limits.quota(subject, class) else {
        return Ok(());
    };
    let rates = &state.broker().rates;
    let name = format!("{subject}.{class}:{name}");
    let counted = match rates.count_request(&name, quota).await {
        Ok(state) => CountedQuota {
            subject,
            class,
            quota,
            state,
        },
        Err(error) => {
            // What needs the queue fails by itself; the rest goes on without it.
            tracing::warn!(%error, "a request was not counted");
            return Ok(());
        }
    };
    rate.record(counted);
    if counted.state.is_allowed() {
        Ok(())
    } else {
        Err(ApiError::RateLimited {
            limit: format!("one {subject} may send {quota} of the class {class}"),
            seconds: counted.reset_seconds(),
        })
    }
}
