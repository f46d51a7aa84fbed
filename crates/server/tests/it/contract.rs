//! Rules for the OpenAPI document.

use std::collections::BTreeSet;

use letscode_server::openapi;
use serde_json::Value;

/// A schema of a request, with where it is.
struct RequestSchemas<'d> {
    document: &'d Value,
    visited: BTreeSet<String>,
    mistakes: Vec<String>,
}

impl RequestSchemas<'_> {
    /// Checks a schema and everything below it.
    fn check(&mut self, at: &str, schema: &Value) {
        if let Some(reference) = schema["$ref"].as_str() {
            if self.visited.insert(reference.to_owned()) {
                let document = self.document;
                let target = document.pointer(reference.trim_start_matches('#'));
                self.check(reference, target.unwrap());
            }
            return;
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            name => name.as_str().into_iter().collect(),
        };
        let is_fixed = schema.get("enum").is_some() || schema.get("const").is_some();
        for kind in types {
            let required: &[&str] = match kind {
                "string" if is_fixed || schema["format"] == "uuid" => &[],
                "string" => &["maxLength"],
                "array" => &["maxItems"],
                "integer" => &["minimum", "maximum"],
                "number" => &["minimum"],
                "object" if schema.get("properties").is_some() => &["additionalProperties"],
                "object" => &["maxProperties", "propertyNames"],
                _ => &[],
            };
            for name in required {
                if schema.get(*name).is_none() {
                    self.mistakes.push(format!("{at}: no {name}"));
                }
            }
        }
        self.check_children(at, schema);
    }

    fn check_children(&mut self, at: &str, schema: &Value) {
        let properties = schema["properties"].as_object();
        for (name, property) in properties.into_iter().flatten() {
            self.check(&format!("{at}.{name}"), property);
        }
        for name in ["items", "additionalProperties"] {
            if schema[name].is_object() {
                self.check(&format!("{at}.{name}"), &schema[name]);
            }
        }
        for name in ["oneOf", "anyOf", "allOf"] {
            for part in schema[name].as_array().into_iter().flatten() {
                self.check(&format!("{at}.{name}"), part);
            }
        }
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().values();
        operations.map(move |operation| (path, operation))
    })
}

#[test]
fn everything_in_a_request_is_bounded() {
    let document = openapi();
    let mut schemas = RequestSchemas {
        document: &document,
        visited: BTreeSet::new(),
        mistakes: Vec::new(),
    };
    let mut count = 0;
    for (path, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().unwrap();
        for parameter in parameters.iter().filter(|p| p.get("$ref").is_none()) {
            let at = format!("{path}: {}", parameter["name"]);
            schemas.check(&at, &parameter["schema"]);
            count += 1;
        }
        let content = operation["requestBody"]["content"].as_object();
        for (kind, media) in content.into_iter().flatten() {
            // Lines and files are bounded by their size, which the description says.
            if kind == "application/json" {
                schemas.check(path, &media["schema"]);
            }
        }
    }
    schemas.check(
        "ClientMessage",
        &document["components"]["schemas"]["ClientMessage"],
    );
    assert!(count > 10 && schemas.visited.len() > 10, "{count}");
    assert_eq!(schemas.mistakes, [""; 0]);
}

/// A bound that is added to a field that has gone would say nothing.
#[test]
fn bounds_belong_to_fields_that_have_a_type() {
    let document = openapi();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        let properties = schema["properties"].as_object();
        for (field, property) in properties.into_iter().flatten() {
            let has_type = ["type", "$ref", "oneOf", "allOf", "anyOf", "enum"]
                .iter()
                .any(|key| property.get(*key).is_some());
            assert!(has_type, "{name}.{field}: {property}");
        }
    }
}

/// A schema of which a part may be null describes no object at all.
#[test]
fn no_part_of_an_object_is_null() {
    let document = openapi();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let mut choices = part["oneOf"].as_array().into_iter().flatten();
            assert!(
                !choices.any(|choice| choice["type"] == "null"),
                "{name}: {part}"
            );
        }
    }
}

#[test]
fn operations_say_how_they_refuse() {
    let document = openapi();
    for (path, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap();
        assert!(!responses.contains_key("default"), "{path}");
        for status in ["400", "421", "500", "503"] {
            let reference = format!("#/components/responses/Refused{status}");
            assert_eq!(responses[status]["$ref"], reference.as_str(), "{path}");
        }
    }
    let refused = &document["components"]["responses"]["Refused413"];
    let example = &refused["content"]["application/problem+json"]["examples"]["body-too-large"];
    assert_eq!(
        example["value"]["type"],
        "urn:letscode:problem:body-too-large"
    );
    let busy = &document["components"]["responses"]["Refused503"];
    assert!(busy["headers"]["Retry-After"].is_object(), "{busy}");
}

#[test]
fn operations_have_examples() {
    let document = openapi();
    for (path, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        // Streams, and what needs a submission that is still open or an OpenID provider.
        let apart = [
            "followEvents",
            "followSubmission",
            "cancelSubmission",
            "logInAtProvider",
            "linkIdentity",
            "unlinkIdentity",
        ];
        if apart.contains(&name) {
            continue;
        }
        let body = operation["requestBody"]["content"].as_object();
        let bodies = body.into_iter().flatten();
        let answers = operation["responses"].as_object().unwrap().iter();
        let answers = answers.filter(|(status, _)| status.starts_with('2'));
        let answers = answers.filter_map(|(_, response)| response["content"].as_object());
        let has_answer = answers
            .flatten()
            .any(|(_, media)| media.get("example").is_some());
        let data = [
            "getStatementFile",
            "getMetrics",
            "getPackage",
            "removeProblem",
            "endLinks",
            "getViolation",
        ];
        let mut successes = operation["responses"].as_object().unwrap().iter();
        let has_content = successes
            .any(|(status, response)| status.starts_with('2') && response.get("content").is_some());
        let is_data = data.contains(&name) || !has_content;
        assert!(has_answer || is_data, "{path}: no example of an answer");
        for (kind, media) in bodies {
            assert!(
                media.get("example").is_some() || !kind.contains("json"),
                "{path}"
            );
        }
    }
}

/// Returns where a null is that is no example and no default.
fn nulls(at: &str, value: &Value, null_places: &mut Vec<String>) {
    match value {
        Value::Null => null_places.push(at.to_owned()),
        Value::Array(items) => items.iter().for_each(|item| nulls(at, item, null_places)),
        Value::Object(fields) => {
            for (name, field) in fields {
                if !["example", "examples", "default", "enum"].contains(&name.as_str()) {
                    nulls(&format!("{at}/{name}"), field, null_places);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn nothing_is_described_by_null() {
    let mut places = Vec::new();
    nulls("", &openapi(), &mut places);
    assert_eq!(places, [""; 0]);
}
