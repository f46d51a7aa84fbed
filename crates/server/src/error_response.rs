//! Turns an [`ApiError`] into an HTTP response: `application/problem+json` (RFC 9457).

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::error::ApiError;

/// Beginning of the type of every refusal.
pub(crate) const TYPE_PREFIX: &str = "urn:letscode:problem:";
const RETRY_AFTER_SECONDS: &str = "5";

/// A refused request (RFC 9457). `type` is stable: programs may compare it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ErrorBody {
    /// A URN such as `urn:letscode:problem:unknown-language`.
    #[serde(rename = "type")]
    #[schema(example = "urn:letscode:problem:unknown-language")]
    kind: String,
    /// The same for every error of this type.
    #[schema(example = "Unknown language")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
    /// Description of this error, for people.
    detail: String,
    /// The field of the body that caused it, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// All mistakes of a package that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<String>>,
}

impl ApiError {
    /// Status, the end of the type's URN, and title.
    pub(crate) fn class(&self) -> (StatusCode, &'static str, &'static str) {
        use ApiError as E;
        use StatusCode as S;
        match self {
            E::InvalidJson { .. } => (S::BAD_REQUEST, "invalid-json", "Invalid JSON"),
            E::InvalidParameter { .. } => {
                (S::BAD_REQUEST, "invalid-parameter", "Invalid parameter")
            }
            E::InvalidField(_) => (S::BAD_REQUEST, "invalid-field", "Invalid field"),
            E::InvalidRunId => (S::BAD_REQUEST, "invalid-id", "Invalid id"),
            E::TooManyLines(_) => (S::BAD_REQUEST, "too-many-lines", "Too many lines"),
            E::NotLines | E::NotAnArchive | E::EncodedBody(_) => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
            ),
            E::KeyReused => (
                S::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "Idempotency key reused",
            ),
            E::RunNotFound => (S::NOT_FOUND, "not-found", "Not found"),
            E::RunCancelled => (S::CONFLICT, "run-cancelled", "Run cancelled"),
            E::UnknownLanguage { .. } => (S::BAD_REQUEST, "unknown-language", "Unknown language"),
            E::LanguageUnavailable { .. } => (
                S::UNPROCESSABLE_ENTITY,
                "language-unavailable",
                "Language unavailable",
            ),
            E::UnknownProblem(_) => (S::NOT_FOUND, "unknown-problem", "Unknown problem"),
            E::ProblemExists(_) => (S::CONFLICT, "problem-exists", "Problem exists"),
            E::PackageRefused(_) => (
                S::UNPROCESSABLE_ENTITY,
                "invalid-package",
                "Invalid package",
            ),
            E::TooManyUploads => (
                S::TOO_MANY_REQUESTS,
                "too-many-uploads",
                "Too many packages from one address",
            ),
            E::AdminTokenRequired => (
                S::UNAUTHORIZED,
                "admin-token-required",
                "Operator's token required",
            ),
            E::WrongAdminToken => (S::FORBIDDEN, "wrong-admin-token", "Wrong token"),
            E::NotLocal(_) => (S::FORBIDDEN, "not-local", "Not from this machine"),
            E::AccountFlagged { .. } => (S::FORBIDDEN, "account-flagged", "Flagged for violations"),
            E::EmptySource => (S::BAD_REQUEST, "empty-source", "Empty source"),
            E::SourceTooLarge(_) | E::SourceOverProblemLimit { .. } => {
                (S::PAYLOAD_TOO_LARGE, "source-too-large", "Source too large")
            }
            E::TooMuchSource(_) => (
                S::TOO_MANY_REQUESTS,
                "too-much-source",
                "Too much source code from one address",
            ),
            E::DraftTooLarge(_) => (S::PAYLOAD_TOO_LARGE, "draft-too-large", "Draft too large"),
            E::InputTooLarge(_) => (S::PAYLOAD_TOO_LARGE, "input-too-large", "Input too large"),
            E::BodyTooLarge(_) => (S::PAYLOAD_TOO_LARGE, "body-too-large", "Body too large"),
            E::SourceHasNul(_) => (S::BAD_REQUEST, "source-has-nul", "NUL in the source"),
            E::InvalidUserId => (S::BAD_REQUEST, "invalid-user-id", "Invalid user id"),
            E::InvalidSecret => (S::BAD_REQUEST, "invalid-secret", "Invalid secret"),
            E::SecretRequired => (S::UNAUTHORIZED, "secret-required", "Secret required"),
            E::InvalidSubmissionId => (S::BAD_REQUEST, "invalid-id", "Invalid id"),
            E::CredentialsRequired | E::LoginRequired => (
                S::UNAUTHORIZED,
                "credentials-required",
                "Credentials required",
            ),
            E::InvalidKey(_) => (S::UNAUTHORIZED, "invalid-key", "Invalid API key"),
            E::MissingScope(_) => (S::FORBIDDEN, "missing-scope", "Missing scope"),
            E::MissingRole(_) => (S::FORBIDDEN, "missing-role", "Missing role"),
            E::ForeignProblem(_) => (S::FORBIDDEN, "foreign-problem", "Foreign problem"),
            E::TooManyLinks(_) => (S::CONFLICT, "too-many-links", "Too many links"),
            E::ForeignAccount => (S::FORBIDDEN, "foreign-account", "Foreign account"),
            E::CrossSite => (S::FORBIDDEN, "cross-site", "From another site"),
            E::QuotaUsedUp { .. } => (S::TOO_MANY_REQUESTS, "quota-used-up", "Quota used up"),
            E::WrongPassword => (S::UNAUTHORIZED, "wrong-password", "Wrong name or password"),
            E::TooManyAttempts(_) => (
                S::TOO_MANY_REQUESTS,
                "too-many-attempts",
                "Too many attempts",
            ),
            E::InvalidUserName => (S::BAD_REQUEST, "invalid-user-name", "Invalid user name"),
            E::InvalidPassword => (S::BAD_REQUEST, "invalid-password", "Invalid password"),
            E::NameTaken => (S::CONFLICT, "name-taken", "Name taken"),
            E::NotInvited => (S::FORBIDDEN, "not-invited", "Not invited"),
            E::RegistrationClosed => (S::FORBIDDEN, "registration-closed", "Registration closed"),
            E::AccountNotFound | E::KeyNotFound | E::IdentityNotFound | E::InvitationNotFound => {
                (S::NOT_FOUND, "not-found", "Not found")
            }
            E::NoProvider => (S::NOT_FOUND, "no-provider", "No OpenID provider"),
            E::ProviderUnavailable => (
                S::SERVICE_UNAVAILABLE,
                "provider-unavailable",
                "OpenID provider unavailable",
            ),
            E::ProviderRefused => (S::FORBIDDEN, "provider-refused", "Log-in refused"),
            E::LoginExpired => (S::FORBIDDEN, "login-expired", "Log-in expired"),
            E::IdentityTaken(_) => (S::CONFLICT, "identity-taken", "Identity taken"),
            E::LastWayIn => (S::CONFLICT, "last-way-in", "Last way to log in"),
            E::LastAdmin => (S::CONFLICT, "last-admin", "Last admin"),
            E::TooManyClaims(_) => (S::CONFLICT, "too-many-claims", "Too many claims"),
            E::TooManyKeys(_) => (S::CONFLICT, "too-many-keys", "Too many keys"),
            E::NoAccounts => (S::NOT_FOUND, "no-accounts", "No accounts"),
            E::SubmissionFinished => (S::CONFLICT, "already-judged", "Already judged"),
            E::OnlyCancel => (S::BAD_REQUEST, "invalid-parameter", "Invalid parameter"),
            E::NotFound | E::SubmissionNotFound | E::NeverRejudged(_) => {
                (S::NOT_FOUND, "not-found", "Not found")
            }
            E::MethodNotAllowed(_) => (
                S::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Method not allowed",
            ),
            E::UnsupportedMediaType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
            ),
            E::UpgradeRequired(_) => (S::UPGRADE_REQUIRED, "upgrade-required", "Upgrade required"),
            E::BodyTimeout(_) | E::BodyTooSlow => {
                (S::REQUEST_TIMEOUT, "body-timeout", "Body too slow")
            }
            E::BodyBrokenOff => (S::BAD_REQUEST, "body-broken-off", "Incomplete body"),
            E::QueueFull { .. } => (S::SERVICE_UNAVAILABLE, "queue-full", "Queue full"),
            E::UserQueueFull { .. } => (
                S::TOO_MANY_REQUESTS,
                "user-queue-full",
                "Too many jobs of one user",
            ),
            E::AddressQueueFull { .. } => (
                S::TOO_MANY_REQUESTS,
                "address-queue-full",
                "Too many jobs from one address",
            ),
            E::TooManyHints(_) => (S::TOO_MANY_REQUESTS, "too-many-hints", "Too many hints"),
            E::RateLimited { .. } => (S::TOO_MANY_REQUESTS, "rate-limited", "Too many requests"),
            E::NoWorker => (S::SERVICE_UNAVAILABLE, "no-worker", "No worker"),
            E::Overloaded(_) => (S::SERVICE_UNAVAILABLE, "overloaded", "Overloaded"),
            E::TooManyAnalyses => (
                S::TOO_MANY_REQUESTS,
                "too-many-analyses",
                "Too many analyses",
            ),
            E::ForeignHost => (S::MISDIRECTED_REQUEST, "foreign-host", "Foreign host"),
            E::ForeignOrigin => (S::FORBIDDEN, "foreign-origin", "Foreign origin"),
            E::TooManySockets(_) | E::TooManySocketsOfAddress(_) => (
                S::TOO_MANY_REQUESTS,
                "too-many-sockets",
                "Too many WebSockets",
            ),
            E::NotReady(_) => (S::SERVICE_UNAVAILABLE, "not-ready", "Not ready"),
            E::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
        }
    }

    fn field(&self) -> Option<String> {
        let name = match self {
            ApiError::InvalidJson { field, .. } => return field.clone(),
            ApiError::InvalidField(error) => return Some(error.field.clone()),
            ApiError::UnknownLanguage { .. } | ApiError::LanguageUnavailable { .. } => "language",
            ApiError::UnknownProblem(_) => "problemId",
            ApiError::EmptySource
            | ApiError::SourceTooLarge(_)
            | ApiError::SourceOverProblemLimit { .. }
            | ApiError::SourceHasNul(_) => "code",
            ApiError::DraftTooLarge(_) => "draft.code",
            ApiError::InputTooLarge(_) => "input",
            ApiError::InvalidUserId | ApiError::SecretRequired => "userId",
            ApiError::InvalidUserName | ApiError::NameTaken => "name",
            ApiError::InvalidPassword => "password",
            ApiError::NotInvited => "invitation",
            _ => return None,
        };
        Some(name.to_owned())
    }

    /// Seconds after which it is worth trying again, where that is known.
    fn retry_after(&self) -> Option<u64> {
        match self {
            ApiError::QuotaUsedUp { seconds, .. } | ApiError::TooManyAttempts(seconds) => {
                Some(*seconds)
            }
            _ => None,
        }
    }

    pub(crate) fn to_body(&self) -> ErrorBody {
        let (status, slug, title) = self.class();
        ErrorBody {
            kind: format!("{TYPE_PREFIX}{slug}"),
            title,
            status: status.as_u16(),
            detail: self.to_string(),
            field: self.field(),
            errors: match self {
                ApiError::PackageRefused(errors) => Some(errors.clone()),
                _ => None,
            },
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, ..) = self.class();
        // A struct of strings and a number always serialises.
        let json = serde_json::to_vec(&self.to_body()).unwrap_or_default();
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, content_type, json).into_response();
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: &'static str| {
            headers.insert(name, HeaderValue::from_static(value));
        };
        if [
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::TOO_MANY_REQUESTS,
        ]
        .contains(&status)
        {
            set(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        if status == StatusCode::UNAUTHORIZED {
            set(header::WWW_AUTHENTICATE, "Bearer");
        }
        if status == StatusCode::UPGRADE_REQUIRED {
            set(header::UPGRADE, "websocket");
        }
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// In the OpenAPI document: every operation may also return an [`ErrorBody`].
pub(crate) struct ErrorResponses;

impl IntoResponses for ErrorResponses {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let schema = Ref::from_schema_name("Problem");
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description("The request was refused; `type` says why.")
            .content("application/problem+json", content)
            .build();
        BTreeMap::from([("default".to_owned(), RefOr::T(response))])
    }
}
