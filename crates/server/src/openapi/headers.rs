//! Headers that requests and answers have whatever the route, and how a user is proven.

use letscode_model::UserSecret;
use serde_json::{Value, json};

use super::operations::for_each_operation;
use crate::idempotency;
use crate::transport::MAX_REQUEST_ID_BYTES;

/// Adds what all operations share.
pub(super) fn add(document: &mut Value) {
    describe_components(document);
    for_each_operation(document, |method, path, operation| {
        add_parameters(method, path, operation);
        let is_answered_once = idempotency::applies(method, path);
        let responses = operation["responses"].as_object_mut();
        for (status, response) in responses.into_iter().flatten() {
            if response.get("$ref").is_some() {
                continue;
            }
            let names = response_headers(status.parse().unwrap_or_default(), is_answered_once);
            add_headers(response, &names);
        }
    });
    let refusals = document["components"]["responses"].as_object_mut();
    for (name, response) in refusals.into_iter().flatten() {
        let status = name.trim_start_matches("Refused").parse();
        add_headers(
            response,
            &response_headers(status.unwrap_or_default(), false),
        );
    }
}

fn add_parameters(method: &str, path: &str, operation: &mut Value) {
    let Some(operation) = operation.as_object_mut() else {
        return;
    };
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    let Some(parameters) = parameters.as_array_mut() else {
        return;
    };
    parameters.push(json!({"$ref": "#/components/parameters/RequestId"}));
    if idempotency::applies(method, path) {
        parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
    }
}

fn add_headers(response: &mut Value, names: &[&str]) {
    let Some(response) = response.as_object_mut() else {
        return;
    };
    let headers = response.entry("headers").or_insert_with(|| json!({}));
    for name in names {
        let component = name.replace('-', "");
        headers[*name] = json!({"$ref": format!("#/components/headers/{component}")});
    }
}

/// Returns the headers of answers with a status, beside those that their operation describes.
fn response_headers(status: u16, is_answered_once: bool) -> Vec<&'static str> {
    let own: &[&str] = match status {
        200..=299 if is_answered_once => &["Idempotency-Replayed"],
        401 => &["WWW-Authenticate"],
        426 => &["Upgrade"],
        429 | 503 => &["Retry-After"],
        _ => &[],
    };
    let mut names = vec!["X-Request-Id", "RateLimit", "RateLimit-Policy"];
    names.extend(own);
    names
}

fn describe_components(document: &mut Value) {
    document["servers"] = json!([{"url": "/"}]);
    document["security"] = json!([
        {}, {"secret": []}, {"secretHeader": []}, {"apiKey": []}, {"apiKeyHeader": []}, {"session": []},
    ]);
    let components = &mut document["components"];
    let secret = format!(
        "The user's secret: {} to {} visible ASCII characters. Who sends it acts as the user whose \
         id is derived from it; without one, requests state an id that proves nothing.",
        UserSecret::MIN_BYTES,
        UserSecret::MAX_BYTES,
    );
    let schemes = json!({
        "secret": {"type": "http", "scheme": "bearer", "description": secret},
        "secretHeader": {
            "type": "apiKey", "in": "header", "name": "X-LetsCode-Secret",
            "description": "The same, where a proxy uses `Authorization` itself.",
        },
        "apiKey": {
            "type": "http", "scheme": "bearer", "bearerFormat": "lc_…",
            "description": "An API key, in the modes `keys` and `accounts`. It vouches for the user ids \
                that requests state. WebSockets: the subprotocol `letscode.key.KEY` beside `letscode`.",
        },
        "apiKeyHeader": {
            "type": "apiKey", "in": "header", "name": "X-Api-Key",
            "description": "The same, where a proxy uses `Authorization` itself.",
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": "__Host-letscode",
            "description": "The session of somebody who is logged in, in the mode `accounts`; \
                `letscode_session` without HTTPS. What changes something has to come from the \
                service's own page (`Origin` or `Sec-Fetch-Site`).",
        },
    });
    for (name, scheme) in schemes.as_object().into_iter().flatten() {
        components["securitySchemes"][name] = scheme.clone();
    }
    components["parameters"] = json!({
        "RequestId": {
            "name": "X-Request-Id", "in": "header", "required": false,
            "description": format!(
                "Returned with the answer. One that is not 1 to {MAX_REQUEST_ID_BYTES} visible ASCII \
                 characters is replaced."
            ),
            "schema": {"type": "string"},
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A request with a key that was used before, with the same body, is not done \
                again: its answer is the one of before. A new UUID for each is fine.",
            "schema": {
                "type": "string", "minLength": 1, "maxLength": idempotency::MAX_KEY_BYTES,
                "pattern": r"^[\t -~]+$",
            },
        },
    });
    components["headers"] = json!({
        "XRequestId": {
            "description": "The request's id, for questions to the operator.",
            "schema": {"type": "string", "minLength": 1, "maxLength": MAX_REQUEST_ID_BYTES},
        },
        "RetryAfter": {
            "description": "Seconds after which it is worth trying again.",
            "schema": {"type": "integer", "minimum": 0},
        },
        "RateLimit": {
            "description": "What is left of the quota that was used most: `r` requests, and `t` seconds \
                until more (IETF draft \"RateLimit header fields for HTTP\"). Absent where nothing \
                limits the client. `RateLimit-Limit`, `-Remaining` and `-Reset` say the same.",
            "schema": {"type": "string"}, "example": "\"user-run\";r=239;t=1",
        },
        "RateLimitPolicy": {
            "description": "That quota: `q` requests in `w` seconds.",
            "schema": {"type": "string"}, "example": "\"user-run\";q=240;w=60",
        },
        "WWWAuthenticate": {
            "description": "`Bearer`", "schema": {"type": "string"},
        },
        "Upgrade": {
            "description": "`websocket`", "schema": {"type": "string"},
        },
        "IdempotencyReplayed": {
            "description": "`true` if this is the answer to an earlier request with the same key.",
            "schema": {"type": "string", "enum": ["true"]},
        },
    });
}
