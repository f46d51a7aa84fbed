use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::counted_quota::CountedQuota;

/// Adds what is left of a quota to an answer: the fields of the IETF's draft "RateLimit header fields
/// for HTTP", in its present form and in the three fields that clients of its earlier forms read.
pub(super) fn add(headers: &mut HeaderMap, counted: &CountedQuota) {
    let quota = counted.quota;
    let name = format!("{}-{}", counted.subject, counted.class);
    let (limit, remaining) = (quota.count.get(), counted.state.remaining);
    let reset = counted.reset_seconds();
    let window = quota.period().as_secs();
    let fields = [
        (
            "ratelimit-policy",
            format!("\"{name}\";q={limit};w={window}"),
        ),
        ("ratelimit", format!("\"{name}\";r={remaining};t={reset}")),
        ("ratelimit-limit", limit.to_string()),
        ("ratelimit-remaining", remaining.to_string()),
        ("ratelimit-reset", reset.to_string()),
    ];
    for (field, text) in fields {
        // Letters, digits and quotes are always a header's value.
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(field), value);
        }
    }
    if !counted.state.is_allowed() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(reset));
    }
}
