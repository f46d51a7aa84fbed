//! Compares answers with the OpenAPI document.

use std::sync::LazyLock;

use axum::http::Method;
use serde_json::Value;

use super::Answer;

static DOCUMENT: LazyLock<Value> = LazyLock::new(letscode_server::openapi);

/// Asserts that the operation may have this status, with this type of content.
pub fn assert_documented(method: &Method, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else {
        return;
    };
    let status = answer.status.as_str();
    let Some(response) = operation["responses"].get(status) else {
        panic!("{method} {path} has no status {status}: {}", answer.text);
    };
    let response = resolve(response);
    let Some(content) = response.get("content").and_then(Value::as_object) else {
        return;
    };
    let essence = |text: &str| text.split(';').next().unwrap_or_default().to_owned();
    let sent = essence(answer.header("content-type"));
    let is_named = |name: &str| {
        let name = essence(name);
        name == sent
            || name
                .strip_suffix('*')
                .is_some_and(|kind| sent.starts_with(kind))
    };
    assert!(
        content.keys().any(|name| is_named(name)),
        "{method} {path}, {status}: `{sent}` is not documented"
    );
}

/// Returns the operation that a request is for; `None` for pages and for what doesn't exist.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object()?;
    // A path without parameters comes before one that has some.
    let exact = paths.get(path);
    let matching = || {
        let mut matching = paths.iter().filter(|(template, _)| matches(template, path));
        matching.next().map(|(_, item)| item)
    };
    let method = if method == Method::HEAD {
        "get"
    } else {
        method.as_str()
    };
    exact.or_else(matching)?.get(method.to_lowercase())
}

fn matches(template: &str, path: &str) -> bool {
    let (parts, sent) = (template.split('/'), path.split('/'));
    parts.clone().count() == sent.clone().count()
        && parts
            .zip(sent)
            .all(|(part, sent)| part.starts_with('{') || part == sent)
}

fn resolve(response: &'static Value) -> &'static Value {
    let reference = response.get("$ref").and_then(Value::as_str);
    match reference {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => response,
    }
}
