//! An example of each operation. A test executes the requests against a real server, and compares
//! the answers.

use serde_json::Value;

use super::operations::for_each_operation;

/// By operation: `parameters`, the `request`, and the `answer` to them.
const EXAMPLES: &str = include_str!("../../assets/examples.json");

/// Adds the examples to the operations' parameters, bodies and first successful answers.
pub(super) fn add(document: &mut Value) {
    // It is part of the program, and a test reads it.
    let examples: Value = serde_json::from_str(EXAMPLES).unwrap_or_default();
    for_each_operation(document, |_, _, operation| {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let Some(example) = examples.get(id).cloned() else {
            return;
        };
        let parameters = operation.get_mut("parameters");
        let parameters = parameters.and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            if let Some(value) = example["parameters"].get(name) {
                parameter["example"] = value.clone();
            }
        }
        let body = operation.get_mut("requestBody");
        if let (Some(request), Some(body)) = (example.get("request"), body) {
            set_example(body, request);
        }
        let status = example["status"].to_string();
        if let (Some(answer), Some(response)) = (
            example.get("answer"),
            operation["responses"].get_mut(status),
        ) {
            set_example(response, answer);
        }
    });
}

fn set_example(holder: &mut Value, example: &Value) {
    let content = holder.get_mut("content").and_then(Value::as_object_mut);
    for (_, media) in content.into_iter().flatten() {
        media["example"] = example.clone();
    }
}
