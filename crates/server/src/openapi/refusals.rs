//! The refusals of each operation, by status, with the types that each may have.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::operations::for_each_operation;
use crate::error::ApiError;

/// Statuses with which any request may be refused.
const OF_ALL: &[u16] = &[400, 401, 403, 421, 429, 500, 503];
/// Those of requests with a body.
const OF_BODIES: &[u16] = &[408, 413, 415, 422];
/// Those of requests that change something.
const OF_CHANGES: &[u16] = &[409];
/// Those of streams.
const OF_STREAMS: &[u16] = &[426];

/// Replaces the response `default` of each operation by the statuses that it may have, and describes
/// each status once.
pub(super) fn add(document: &mut Value) {
    for_each_operation(document, |method, path, operation| {
        let mut statuses = statuses_of(path, operation);
        if method != "get" {
            statuses.extend(OF_CHANGES);
        }
        let Some(responses) = operation["responses"].as_object_mut() else {
            return;
        };
        responses.remove("default");
        for status in statuses {
            let reference = format!("#/components/responses/{}", component_name(status));
            responses
                .entry(status.to_string())
                .or_insert_with(|| json!({"$ref": reference}));
        }
    });
    for (status, types) in types_by_status() {
        document["components"]["responses"][component_name(status)] = response(status, &types);
    }
}

fn component_name(status: u16) -> String {
    format!("Refused{status}")
}

fn statuses_of(path: &str, operation: &Value) -> Vec<u16> {
    let mut statuses = OF_ALL.to_vec();
    let parameters = operation["parameters"].as_array();
    let has_parameter = |name: &str| {
        let mut parameters = parameters.into_iter().flatten();
        parameters.any(|parameter| parameter["name"] == name)
    };
    let has_body = operation.get("requestBody").is_some();
    if has_body {
        statuses.extend(OF_BODIES);
    }
    if has_body || path.contains('{') || path.starts_with("/api/a") || has_parameter("submissionId")
    {
        statuses.push(404);
    }
    if operation["tags"] == json!(["stream"]) {
        statuses.extend(OF_STREAMS);
    }
    statuses
}

/// Returns the types of all refusals, with their titles, by status.
fn types_by_status() -> BTreeMap<u16, BTreeMap<&'static str, &'static str>> {
    let mut statuses: BTreeMap<u16, BTreeMap<_, _>> = BTreeMap::new();
    for error in ApiError::iter() {
        let (status, slug, title) = error.class();
        let types = statuses.entry(status.as_u16()).or_default();
        types.insert(slug, title);
    }
    statuses
}

fn response(status: u16, types: &BTreeMap<&str, &str>) -> Value {
    let names: Vec<String> = types
        .iter()
        .map(|(slug, title)| format!("`{slug}` ({title})"))
        .collect();
    let examples = types.iter().map(|(slug, title)| {
        let value = json!({
            "type": format!("{}{slug}", crate::error_response::TYPE_PREFIX),
            "title": title,
            "status": status,
            "detail": format!("{title}: a sentence for people that says what is wrong"),
        });
        (
            (*slug).to_owned(),
            json!({"summary": title, "value": value}),
        )
    });
    let examples: serde_json::Map<String, Value> = examples.collect();
    json!({
        "description": format!("Refused: {}.", names.join(", ")),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": examples,
            },
        },
    })
}
